/** The frames in which an execution's output and end come out of a capsule: a kind, a length, that many bytes. */

export type FrameKind = 'end' | 'stdout' | 'stderr'
export type Frame = { readonly kind: FrameKind; readonly bytes: Buffer }

const KINDS: readonly FrameKind[] = ['end', 'stdout', 'stderr']
const HEAD = 5
/** No honest frame is longer; a capsule that says so is not believed. */
const MAX_BYTES = 1024 * 1024

export function frame(kind: FrameKind, bytes: Buffer): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUInt8(KINDS.indexOf(kind))
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** Throws when the bytes are not frames. */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < HEAD) break
      const kind = KINDS[rest.readUInt8()]
      const length = rest.readUInt32BE(1)
      if (!kind || length > MAX_BYTES) throw new Error('A capsule sent what is not a frame.')
      if (rest.length < HEAD + length) break
      yield { kind, bytes: rest.subarray(HEAD, HEAD + length) }
      rest = rest.subarray(HEAD + length)
    }
  }
}
