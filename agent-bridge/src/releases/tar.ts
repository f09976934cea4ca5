/** Tar archives (ustar, with pax records where ustar is too narrow) whose bytes depend on their contents alone. */

export type TarEntry = {
  readonly path: string
  /** Bytes of content. */
  readonly size: number
}

const BLOCK = 512
const PAX_NAME = '././@PaxHeader'

/** Everything before an entry's content: its header, preceded by a pax record when its path needs one. */
export function tarHeader(entry: TarEntry): Buffer {
  const split = splitPath(entry.path)
  if (split) return header(split.name, split.prefix, entry.size, '0')
  const record = paxRecord('path', entry.path)
  // Readers that know pax take the name from the record; this one is only for those that do not.
  const fallback = Buffer.from(entry.path).subarray(0, 100).toString('ascii')
  return Buffer.concat([
    header(PAX_NAME, '', record.length, 'x'),
    record,
    tarPadding(record.length),
    header(fallback, '', entry.size, '0'),
  ])
}

/** The zeros that fill an entry's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)
}

/** Two empty blocks end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/** The length in bytes of the whole archive of these entries. */
export function tarLength(entries: readonly TarEntry[]): number {
  const each = entries.map(
    (entry) => tarHeader(entry).length + entry.size + tarPadding(entry.size).length,
  )
  return each.reduce((sum, length) => sum + length, TAR_END.length)
}

/** ustar holds 100 bytes of name and 155 of folders before it, in ASCII; `null` when a path does not fit. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } | null {
  if (!/^[\x20-\x7e]+$/.test(path)) return null
  if (path.length <= 100) return { name: path, prefix: '' }
  for (let at = path.indexOf('/'); at !== -1 && at <= 155; at = path.indexOf('/', at + 1)) {
    const name = path.slice(at + 1)
    if (at > 0 && name.length > 0 && name.length <= 100) return { name, prefix: path.slice(0, at) }
  }
  return null
}

/** Owner, group and time are nobody, none and zero: they would make equal content unequal. */
function header(name: string, prefix: string, size: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100, 'ascii')
  block.write(octal(0o644, 8), 100, 'ascii')
  block.write(octal(0, 8), 108, 'ascii')
  block.write(octal(0, 8), 116, 'ascii')
  block.write(octal(size, 12), 124, 'ascii')
  block.write(octal(0, 12), 136, 'ascii')
  block.write(' '.repeat(8), 148, 'ascii')
  block.write(type, 156, 'ascii')
  block.write('ustar\x0000', 257, 'ascii')
  block.write(octal(0, 8), 329, 'ascii')
  block.write(octal(0, 8), 337, 'ascii')
  block.write(prefix, 345, 155, 'ascii')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii')
  return block
}

/** Octal digits and a closing NUL in a field of `width` bytes. Throws when the number is too large for it. */
function octal(value: number, width: number): string {
  const digits = value.toString(8).padStart(width - 1, '0')
  if (digits.length >= width) throw new RangeError(`${value} does not fit a tar header`)
  return `${digits}\0`
}

/** "<length> <key>=<value>\n", where the length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length
  }
  return Buffer.concat([Buffer.from(String(length)), rest])
}
