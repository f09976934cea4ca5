/** Frames come out as they went in, however the bytes between are cut; what is not frames is refused. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { frame, readFrames, type Frame } from './frames.ts'

async function read(chunks: readonly Buffer[], maxBytes = 1_000_000): Promise<Frame[]> {
  const all: Frame[] = []
  async function* source(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Promise.resolve(chunk) as unknown as Buffer
  }
  for await (const each of readFrames(source(), maxBytes)) all.push(each)
  return all
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]
  const sorted = edges.sort((a, b) => a - b)
  return sorted.slice(1).map((edge, index) => bytes.subarray(sorted[index], edge))
}

it('come out as they went in, however the bytes are cut', async () => {
  const one = fc.record({ head: fc.jsonValue(), bytes: fc.uint8Array({ maxLength: 300 }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(one, { maxLength: 6 }),
      fc.array(fc.nat()),
      async (frames, places) => {
        const sent = frames.map(({ head, bytes }) => frame(head, Buffer.from(bytes)))
        const got = await read(cut(Buffer.concat(sent), places))
        expect(got.map(({ head, bytes }) => [head, [...bytes]])).toEqual(
          frames.map(({ head, bytes }) => [JSON.parse(JSON.stringify(head)), [...bytes]]),
        )
      },
    ),
  )
})

it('refuses a frame that is too long before its bytes are there, and one that breaks off', async () => {
  const long = frame({}, Buffer.alloc(2_000))
  await expect(read([long.subarray(0, 8)], 1_000)).rejects.toThrow('too long')
  await expect(read([Buffer.from('ffffffffffff')])).rejects.toThrow('too long')
  await expect(read([long.subarray(0, 100)])).rejects.toThrow('broke off')
})
