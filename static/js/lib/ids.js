// Ids that the client chooses, so that a retry, an echo and an answer are known to be one message.

/** A UUIDv7: ordered by time, so that the database's index of ids grows at its end. */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** One of twelve hues, by id; the server computes the same. */
export const hueOf = (id) => String(Number(id) % 12);

/** What stands in a person's circle. */
export const initialOf = (name) => (Array.from(name)[0] ?? "").toLocaleUpperCase();
