/** What a command says, kept within a bound as text: the beginning and the end, with a word on what is missing. */

const HEAD = 10_000
const TAIL = 20_000

export type OutputText = {
  readonly add: (bytes: Buffer) => void
  readonly read: () => string
}

export function outputText(): OutputText {
  const decoder = new TextDecoder('utf-8')
  let head = ''
  let tail = ''
  let missing = 0
  const take = (text: string): void => {
    const room = HEAD - head.length
    head += text.slice(0, room)
    tail += text.slice(Math.max(0, room))
    if (tail.length <= 2 * TAIL) return
    missing += tail.length - TAIL
    tail = tail.slice(-TAIL)
  }
  return {
    add: (bytes) => take(decoder.decode(bytes, { stream: true })),
    read: () => {
      const late = decoder.decode()
      if (late !== '') take(late)
      const end = tail.slice(-TAIL)
      const dropped = missing + tail.length - end.length
      return dropped > 0 ? `${head}\n\n[… ${dropped} characters left out …]\n\n${end}` : head + end
    },
  }
}
