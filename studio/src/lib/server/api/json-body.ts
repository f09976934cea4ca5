/** Reads a request's body up to a limit that is counted, never believed. */
import { refuse, type ProblemError } from '#lib/server/api/problems.ts'

export const MAX_JSON_BYTES = 2 * 1024 * 1024
/** An archive: 100 MB of contents, and a little for its own form. */
export const MAX_UPLOAD_BYTES = 110 * 1024 * 1024

/** Throws a 413 problem beyond `limit` bytes. */
export async function readBytes(request: Request, limit: number): Promise<Buffer> {
  if (!request.body) return Buffer.alloc(0)
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      // Not cancelled: that would cut the connection, and the answer below would never arrive.
      reader.releaseLock()
      throw refuse(
        413,
        'Too large',
        `The request holds more than ${Math.floor(limit / 1024 / 1024)} MB. Send less.`,
      )
    }
    chunks.push(value)
  }
  return Buffer.concat(chunks, size)
}

/** The body as JSON, whatever its content type says; an empty body is an empty object. */
export async function readJson(request: Request): Promise<unknown> {
  const text = (await readBytes(request, MAX_JSON_BYTES)).toString('utf8')
  if (text.trim() === '') return {}
  if (ESCAPED_NUL.test(text)) throw refuseNul('body')
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(
      400,
      'Not JSON',
      'The body is not valid JSON. Send an object such as {"name":"x"}.',
    )
  }
}

/** In JSON the character can only be written like this; after an even number of backslashes it is plain text. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/

/** Neither the database nor a text editor can hold this character, so nothing of it is taken in. */
export function refuseNul(where: 'address' | 'query' | 'body'): ProblemError {
  return refuse(
    400,
    'Not understood',
    `The ${where} holds the character U+0000, which nothing here can hold. Take it out and try again.`,
  )
}
