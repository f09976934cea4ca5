/** The frames that go in and out of a capsule: two lengths, a head as JSON, and that many bytes. */

export type Frame = { readonly head: unknown; readonly bytes: Buffer }

const LENGTHS = 8
const MAX_HEAD_BYTES = 64 * 1024

export function frame(head: unknown, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const json = Buffer.from(JSON.stringify(head))
  const lengths = Buffer.alloc(LENGTHS)
  lengths.writeUInt32BE(json.length)
  lengths.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([lengths, json, bytes])
}

/** The head of a first frame without bytes, and what comes after it; `null` until it is whole. */
export function firstHead(
  received: Buffer,
): { readonly head: unknown; readonly rest: Buffer } | null {
  const end = received.length < LENGTHS ? Infinity : LENGTHS + received.readUInt32BE()
  if (received.length < end) return null
  const head: unknown = JSON.parse(received.subarray(LENGTHS, end).toString('utf8'))
  return { head, rest: received.subarray(end) }
}

/** Throws when the bytes are not frames, break off inside one, or one is longer than `maxBytes`. */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Frame> {
  let kept: Buffer[] = []
  let size = 0
  let wanted = LENGTHS
  let next: { readonly head: number; readonly bytes: number } | null = null
  for await (const chunk of chunks) {
    kept.push(chunk)
    size += chunk.length
    while (size >= wanted) {
      const all: Buffer = kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept)
      if (next === null) {
        next = { head: all.readUInt32BE(), bytes: all.readUInt32BE(4) }
        if (next.head > MAX_HEAD_BYTES || next.bytes > maxBytes)
          throw new Error('A frame is too long.')
        wanted = LENGTHS + next.head + next.bytes
        kept = [all]
        continue
      }
      const begin = LENGTHS + next.head
      const head: unknown = JSON.parse(all.subarray(LENGTHS, begin).toString('utf8'))
      yield { head, bytes: all.subarray(begin, wanted) }
      kept = [all.subarray(wanted)]
      size -= wanted
      wanted = LENGTHS
      next = null
    }
  }
  if (size > 0) throw new Error('The frames broke off.')
}
