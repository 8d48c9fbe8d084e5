// A talk as a text file. It is put together here, from what the server has of it.

const two = (number) => String(number).padStart(2, "0");
const clock = (moment) => `${two(moment.getHours())}:${two(moment.getMinutes())}`;
const day = (moment) => `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;

/** Asks for the whole of it, and gives it to the browser to keep. */
export async function saveTalk({ link, id, me, title, server, closing }) {
  const messages = await wholeTalk(link, id);
  const lines = messages.map(({ sender, sent_at, body }) => `[${clock(new Date(sent_at))}] ${sender.id === me ? "You" : title}: ${body}`);
  const began = new Date(messages[0]?.sent_at ?? Date.now());
  const text = [`${server}: a talk with ${title}`, `${day(began)} ${clock(began)}`, "", ...lines, "", closing, ""].join("\n");
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  anchor.download = `talk-${day(began)}-${two(began.getHours())}${two(began.getMinutes())}.txt`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}

async function wholeTalk(link, conversation_id) {
  const whole = [];
  for (let before, more = true; more; before = whole[0]?.seq) {
    const page = await link.ask("history", { conversation_id, before, limit: 100 });
    whole.unshift(...page.messages);
    more = page.more && page.messages.length > 0;
  }
  return whole;
}
