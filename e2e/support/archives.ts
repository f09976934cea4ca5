/** Archives as people upload them, and as nobody should: made in memory, byte by byte where it matters. */
import { gzipSync } from 'node:zlib'

export type TarEntry = {
  readonly path: string
  readonly text?: string | Buffer
  /** `2` is a symbolic link, whose target is `link`. */
  readonly type?: '0' | '2'
  readonly link?: string
}

/** A `.tar.gz` of exactly these entries, whatever their names say. */
export function tarGz(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', type = '0', link = '' }) => {
    const bytes = Buffer.from(text)
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512)
    return [header(path, bytes.length, type, link), bytes, padding]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

function header(path: string, size: number, type: string, link: string): Buffer {
  const block = Buffer.alloc(512)
  block.write(path, 0, 100)
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write(type, 156)
  block.write(link, 157, 100)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
