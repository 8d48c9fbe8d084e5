//! A line between two ends of a real connection: how much it holds is the system's, so that what does not fit is large.

use super::*;
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, yield_now};

/// More than the system keeps for a peer that does not read, in bytes.
const TOO_MUCH: usize = 32 * 1024 * 1024;

async fn connect() -> (Wire<()>, Line, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(address));
    let line = Line::default();
    let wire = Wire::new(near.unwrap().0, &line, ());
    (wire, line, far.unwrap())
}

/// Has the library write to a peer that would have to read.
async fn write_in_vain(
    mut wire: Wire<()>,
    line: &Line,
    bytes: Vec<u8>,
) -> JoinHandle<Result<Wire<()>>> {
    let writing = tokio::spawn(async move { wire.write_all(&bytes).await.map(|()| wire) });
    while line.state().writer.is_none() {
        yield_now().await;
    }
    assert!(line.is_stuck());
    writing
}

async fn until_stuck(line: &Line) {
    while !line.is_stuck() {
        yield_now().await;
    }
}

async fn read(far: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut heard = vec![0; bytes];
    far.read_exact(&mut heard).await.unwrap();
    heard
}

#[tokio::test]
async fn a_line_that_is_hung_up_wakes_its_reader() {
    let (mut wire, line, _far) = connect().await;
    let reading = tokio::spawn(async move { wire.read_u8().await });
    yield_now().await;
    line.hang_up();
    let error = reading.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
}

#[tokio::test]
async fn a_line_that_is_ended_wakes_its_reader() {
    let (mut wire, line, _far) = connect().await;
    let reading = tokio::spawn(async move { wire.read(&mut [0; 8]).await });
    yield_now().await;
    line.end();
    assert_eq!(reading.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn a_line_that_is_hung_up_wakes_its_writer_also_after_its_end() {
    let (wire, line, _far) = connect().await;
    let writing = write_in_vain(wire, &line, vec![0; TOO_MUCH]).await;
    line.end();
    yield_now().await;
    assert!(!writing.is_finished());
    line.hang_up();
    line.end();
    let error = writing.await.unwrap().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
}

#[tokio::test]
async fn a_line_that_is_ended_still_writes_what_waits() {
    let (mut wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    line.end();
    assert_eq!(wire.read(&mut [0; 8]).await.unwrap(), 0);
    wire.write_all(b"good").await.unwrap();
    post.say(&line, b"bye");
    drop(wire);
    let mut heard = String::new();
    far.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard, "goodbye");
}

#[tokio::test]
async fn a_peer_that_is_still_speaking_hears_the_end_of_a_line() {
    let (mut wire, line, mut far) = connect().await;
    far.write_all(b"one more thing").await.unwrap();
    wire.write_all(b"bye").await.unwrap();
    line.end();
    drop(wire);

    let mut heard = String::new();
    far.read_to_string(&mut heard)
        .await
        .expect("it is no reset");

    assert_eq!(heard, "bye");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_given_up_on() {
    let (mut wire, _line, _far) = connect().await;
    let error = wire.write_all(&vec![0; TOO_MUCH]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_what_was_said_is_given_up_on() {
    let (mut wire, line, _far) = connect().await;
    Arc::new(Post::default()).say(&line, &vec![0; TOO_MUCH]);
    let error = wire.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    assert_eq!(line.unwritten(), 0);
}

#[tokio::test]
async fn what_is_said_is_written_once_everybody_has_spoken() {
    let (_wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, b"one ");
    post.say(&line, b"line");
    assert_eq!(line.unwritten(), 8);

    assert_eq!(read(&mut far, 8).await, b"one line");
    assert_eq!(line.unwritten(), 0);
}

#[tokio::test]
async fn nothing_is_said_before_the_greeting() {
    let (mut wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    wire.write_all(br#"0{"sid":"#).await.unwrap();
    assert!(line.expect_greeting());
    post.say(&line, b"ready");
    wire.write_all(b"2").await.unwrap();
    wire.write_all(br#"40{"sid":"1"}"#).await.unwrap();
    post.say(&line, b"steady");
    let all = br#"0{"sid":240{"sid":"1"}readysteady"#;
    assert_eq!(read(&mut far, all.len()).await, all);
}

#[tokio::test]
async fn a_greeting_that_goes_out_in_pieces_is_waited_for() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    assert!(line.expect_greeting());
    let mut greeting = br#"40{"sid":"1"}"#.to_vec();
    greeting.resize(TOO_MUCH, b'.');
    let writing = write_in_vain(wire, &line, greeting).await;
    post.say(&line, b"ready");
    yield_now().await;
    let heard = read(&mut far, TOO_MUCH + 5).await;
    assert!(heard.starts_with(br#"40{"sid":"1"}..."#) && heard.ends_with(b"...ready"));
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_line_that_ends_is_greeted_on_no_more() {
    let (_wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    line.end();
    assert!(!line.expect_greeting());
    post.say(&line, b"bye");
    assert_eq!(read(&mut far, 3).await, b"bye");
}

#[tokio::test]
async fn what_is_said_in_the_middle_of_a_frame_comes_after_it() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    let writing = write_in_vain(wire, &line, vec![b'.'; TOO_MUCH]).await;
    post.say(&line, b"said");
    yield_now().await;
    let heard = read(&mut far, TOO_MUCH + 4).await;
    assert!(heard[..TOO_MUCH].iter().all(|byte| *byte == b'.'));
    assert_eq!(&heard[TOO_MUCH..], b"said");
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_comes_first_is_written_first() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, &vec![b'.'; TOO_MUCH]);
    until_stuck(&line).await;
    let writing = write_in_vain(wire, &line, b"ping".to_vec()).await;
    post.say(&line, b"said");
    yield_now().await;

    let heard = read(&mut far, TOO_MUCH + 8).await;

    assert!(heard.ends_with(b"...pingsaid"));
    let mut wire = writing.await.unwrap().unwrap();
    // And both can go on.
    post.say(&line, b"more");
    yield_now().await;
    wire.write_all(b"pong").await.unwrap();
    assert_eq!(read(&mut far, 8).await, b"morepong");
}

#[tokio::test]
async fn a_post_that_comes_in_the_middle_of_a_frame_does_not_say_that_the_peer_reads() {
    let (wire, line, _far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, b"said");
    let _writing = write_in_vain(wire, &line, vec![b'.'; TOO_MUCH]).await;
    line.flush();
    assert!(line.is_stuck());
}

#[tokio::test]
async fn what_was_written_is_not_kept_for_what_waits() {
    const PART: usize = 64 * 1024;
    let (_wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, &vec![0; TOO_MUCH]);
    until_stuck(&line).await;
    for _ in 0..2 * TOO_MUCH / PART {
        read(&mut far, PART).await;
        post.say(&line, &vec![0; PART]);
        assert!(line.unwritten() > 0, "there is always more");
        assert!(line.state().outbox.held() <= 2 * TOO_MUCH);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_little_is_not_given_up_on() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, &vec![b'.'; TOO_MUCH]);
    until_stuck(&line).await;
    let writing = write_in_vain(wire, &line, b"ping".to_vec()).await;
    let (mut left, mut waiting) = (TOO_MUCH + 4, line.unwritten());
    while line.unwritten() > 0 {
        tokio::time::advance(READ_WITHIN / 2).await;
        while line.unwritten() == waiting && left > 4 {
            let part = left.min(TOO_MUCH / 16);
            read(&mut far, part).await;
            left -= part;
            yield_now().await;
        }
        waiting = line.unwritten();
    }
    read(&mut far, left).await;
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_peer_does_not_read_counts_until_it_does() {
    let (mut wire, line, mut far) = connect().await;
    let (post, backlog) = (Arc::new(Post::default()), Backlog::default());
    line.carry(&backlog);
    assert!(backlog.admit(TOO_MUCH));
    post.say(&line, &vec![0; TOO_MUCH]);
    until_stuck(&line).await;
    assert!(!backlog.admit(1), "the peer does not read");

    read(&mut far, TOO_MUCH).await;
    while line.is_stuck() {
        yield_now().await;
    }
    wire.write_all(b"what nobody counted").await.unwrap();
    backlog.flows(false);
    assert!(backlog.admit(TOO_MUCH), "nothing waits any more");
}

#[tokio::test]
async fn nothing_is_said_on_a_line_that_is_hung_up() {
    let (mut wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, b"too late");
    line.hang_up();
    post.say(&line, b"later still");
    yield_now().await;
    let error = wire.write_all(b"and the library").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    drop(wire);
    assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
}
