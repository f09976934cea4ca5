/** Builds archives for the tests, the hostile ones included: every field can be made to lie. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { pack, type Header } from 'tar-stream'

export type TarItem = Partial<Header> & { readonly name: string; readonly bytes?: Buffer | string }

export async function tarGz(items: readonly TarItem[]): Promise<Buffer> {
  const tar = pack()
  for (const { bytes = '', ...header } of items) {
    if (header.type && header.type !== 'file') tar.entry(header)
    else tar.entry(header, bytes)
  }
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}

type ZipItem = {
  readonly name: string
  readonly bytes?: Buffer | string
  /** Unix mode with its kind; a plain file unless told. */
  readonly mode?: number
  readonly encrypted?: boolean
  /** What the archive says, where that is not the truth. */
  readonly claimedSize?: number
}

export function zip(items: readonly ZipItem[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const item of items) {
    const name = Buffer.from(item.name)
    const bytes = Buffer.from(item.bytes ?? '')
    const packed = deflateRawSync(bytes)
    const size = item.claimedSize ?? bytes.length
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x800 | (item.encrypted ? 1 : 0), 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(size, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((item.mode ?? 0o100644) << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    const madeByUnix = Buffer.from([20, 3])
    const head = Buffer.from('PK\x01\x02', 'latin1')
    centrals.push(Buffer.concat([head, madeByUnix, common, tail, name]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(items.length, 8)
  end.writeUInt16LE(items.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}
