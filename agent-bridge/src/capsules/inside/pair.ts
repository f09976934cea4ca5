/** One duplex stream out of something to read and something to write, so that what expects a socket gets a plain one. */
import { Duplex, type Readable, type Writable } from 'node:stream'

/**
 * Both sides end together; half-closing is kept. The two may be one and the same stream. What fails closes it without
 * an error: who reads from it sees that it broke off, and nobody has to listen after that.
 */
export function pair(readable: Readable, writable: Writable): Duplex {
  const duplex = new Duplex({
    read: () => readable.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (writable.destroyed) done()
      else writable.write(chunk, () => done())
    },
    final: (done) => {
      if (writable.destroyed) done()
      else writable.end(() => done())
    },
    destroy: (_error, done) => {
      readable.destroy()
      writable.destroy()
      done(null)
    },
  })
  readable.pause()
  readable.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) readable.pause()
  })
  readable.on('end', () => duplex.push(null))
  readable.on('close', () => {
    // What breaks off is not mistaken for an end.
    if (!readable.readableEnded) duplex.destroy()
  })
  for (const stream of new Set([readable, writable])) stream.on('error', () => duplex.destroy())
  return duplex
}
