/** Names and places: ids made here, and cursors made there. */

/** An id nobody else has made. `crypto.randomUUID` exists only on secure origins; a phone on the office network has none. */
export function newId() {
  const random = () => globalThis.crypto.getRandomValues(new Uint8Array(1))[0];
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (digit ^ (random() & (15 >> (digit / 4)))).toString(16));
}

/** Whether cursor `a` stands after cursor `b`; both are `<epoch>-<seq>` and compared as two integers. */
export function isAfter(a, b) {
  if (!b) return true;
  const [epochA, seqA] = a.split("-").map(Number);
  const [epochB, seqB] = b.split("-").map(Number);
  return epochA === epochB ? seqA > seqB : epochA > epochB;
}
