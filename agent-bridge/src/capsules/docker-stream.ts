/** Takes apart what Docker sends of an attached container: its output, to be read at one's pace, and its errors. */
import { Transform } from 'node:stream'

const HEAD = 8
const STDERR = 2

/** Pieces come as a head of eight bytes (which stream, how long) and that many bytes. `hearErrors` gets the second stream. */
export function outputOf(hearErrors: (chunk: Buffer) => void): Transform {
  let head: Buffer = Buffer.alloc(0)
  let kind = 0
  let left = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let rest = chunk
      while (rest.length > 0) {
        if (left === 0) {
          const taken = rest.subarray(0, HEAD - head.length)
          head = Buffer.concat([head, taken])
          rest = rest.subarray(taken.length)
          if (head.length < HEAD) break
          kind = head.readUInt8()
          left = head.readUInt32BE(4)
          head = Buffer.alloc(0)
          continue
        }
        const piece = rest.subarray(0, left)
        rest = rest.subarray(piece.length)
        left -= piece.length
        if (kind === STDERR) hearErrors(piece)
        else this.push(piece)
      }
      done()
    },
  })
}
