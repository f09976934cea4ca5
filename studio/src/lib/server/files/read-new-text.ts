/** The new text of a file: the body itself, or JSON `{ "text": "..." }`. */
import { newText } from '#lib/server/api/file-schemas.ts'
import { MAX_JSON_BYTES, readBytes, readJson } from '#lib/server/api/json-body.ts'
import { refuse } from '#lib/server/api/problems.ts'

/** Throws a problem: a body that is too large, not text, or JSON of another shape. */
export async function readNewText(request: Request): Promise<string> {
  const type = request.headers.get('content-type') ?? ''
  if (type.startsWith('application/json')) {
    const given = newText.safeParse(await readJson(request))
    if (given.success) return given.data.text
    throw refuse(400, 'Not understood', 'Send {"text": "..."}, or the text itself as text/plain.')
  }
  // What `curl -d` says unless told otherwise: it could be meant as either.
  if (type.startsWith('application/x-www-form-urlencoded')) {
    throw refuse(
      415,
      'JSON or text?',
      'Say what the body is: "content-type: text/plain" for the text itself, "application/json" for {"text": "..."}.',
    )
  }
  const bytes = await readBytes(request, MAX_JSON_BYTES)
  try {
    if (bytes.includes(0)) throw new TypeError('NUL')
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse(415, 'Not text', 'The body is not UTF-8 text. Binary files come with an import.')
  }
}
