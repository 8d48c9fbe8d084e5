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

/// Has the library write, until the peer would have to read.
async fn write_until_stuck(
    mut wire: Wire<()>,
    line: &Line,
    bytes: Vec<u8>,
) -> JoinHandle<Result<Wire<()>>> {
    let writing = tokio::spawn(async move { wire.write_all(&bytes).await.map(|()| wire) });
    until_stuck(line).await;
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
    let writing = write_until_stuck(wire, &line, vec![0; TOO_MUCH]).await;
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
    line.expect_greeting();
    post.say(&line, b"ready");
    wire.write_all(b"2").await.unwrap();
    wire.write_all(br#"40{"sid":"1"}"#).await.unwrap();
    post.say(&line, b"steady");
    let all = br#"0{"sid":240{"sid":"1"}readysteady"#;
    assert_eq!(read(&mut far, all.len()).await, all);
}

#[tokio::test]
async fn what_is_said_in_the_middle_of_a_frame_comes_after_it() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    let writing = write_until_stuck(wire, &line, vec![b'.'; TOO_MUCH]).await;
    post.say(&line, b"said");
    yield_now().await;
    let heard = read(&mut far, TOO_MUCH + 4).await;
    assert!(heard[..TOO_MUCH].iter().all(|byte| *byte == b'.'));
    assert_eq!(&heard[TOO_MUCH..], b"said");
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_said_is_finished_before_the_library_goes_on() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, &vec![b'.'; TOO_MUCH]);
    until_stuck(&line).await;
    let writing = write_until_stuck(wire, &line, b"ping".to_vec()).await;
    yield_now().await;
    post.say(&line, b"said");
    let heard = read(&mut far, TOO_MUCH + 8).await;
    assert!(heard[..TOO_MUCH].iter().all(|byte| *byte == b'.'));
    let rest = &heard[TOO_MUCH..];
    assert!(rest == b"saidping" || rest == b"pingsaid", "{rest:?}");
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_writer_whose_turn_comes_in_between_is_woken_again() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, &vec![b'.'; TOO_MUCH]);
    until_stuck(&line).await;
    let mut writing = write_until_stuck(wire, &line, b"ping".to_vec()).await;
    // It waits last, so that the one who flushes is not told of room.
    for _ in 0..3 {
        yield_now().await;
    }
    read(&mut far, TOO_MUCH).await;
    let wire = (&mut writing).await.unwrap().unwrap();
    assert_eq!(read(&mut far, 4).await, b"ping");
    // And the line can be spoken on as before.
    post.say(&line, b"said");
    assert_eq!(read(&mut far, 4).await, b"said");
    drop(wire);
}

#[tokio::test]
async fn what_a_peer_does_not_read_counts_until_it_does() {
    let (mut wire, line, mut far) = connect().await;
    let (post, backlog) = (Arc::new(Post::default()), Backlog::default());
    line.carry(&backlog);
    assert!(backlog.admit(TOO_MUCH));
    post.say(&line, &vec![0; TOO_MUCH]);
    until_stuck(&line).await;
    assert!(!backlog.admit(TOO_MUCH), "the peer does not read");

    read(&mut far, TOO_MUCH).await;
    while line.is_stuck() {
        yield_now().await;
    }
    wire.write_all(b"what nobody counted").await.unwrap();
    assert!(backlog.admit(TOO_MUCH) && backlog.admit(TOO_MUCH));
}

#[tokio::test]
async fn nothing_is_said_on_a_line_that_is_hung_up() {
    let (wire, line, mut far) = connect().await;
    let post = Arc::new(Post::default());
    post.say(&line, b"too late");
    line.hang_up();
    post.say(&line, b"later still");
    yield_now().await;
    drop(wire);
    assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
}
