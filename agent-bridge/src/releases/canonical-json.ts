/** JSON with one spelling per value (RFC 8785): what digests are taken of. */

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * No white space, keys in the order of their UTF-16 code units, numbers and strings as ECMAScript writes them.
 * Throws for what JSON cannot say (NaN, infinities, lone surrogates), because a digest of a guess is worth nothing.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`)
    return JSON.stringify(value)
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  // The default order of `sort` compares UTF-16 code units, which is what the RFC asks for.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${quote(key)}:${canonicalJson(value[key] as Json)}`)
  return `{${members.join(',')}}`
}

// `Array.isArray` does not narrow a read-only array away.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('A lone surrogate has no UTF-8 form')
  return JSON.stringify(text)
}
