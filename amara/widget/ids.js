/** Names and places: ids made here, and cursors made there. */

/** An id nobody else has made. `crypto.randomUUID` exists only on secure origins; a phone on the office network has none. */
export function newId() {
  if (globalThis.crypto.randomUUID) return globalThis.crypto.randomUUID();
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether cursor `a` stands after cursor `b`; both are `<epoch>-<seq>` and compared as two integers. */
export function isAfter(a, b) {
  if (!b) return true;
  const [epochA, seqA] = a.split("-").map(Number);
  const [epochB, seqB] = b.split("-").map(Number);
  return epochA === epochB ? seqA > seqB : epochA > epochB;
}
