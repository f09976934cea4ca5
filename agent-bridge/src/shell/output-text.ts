/** What a command says, kept within a bound as text: the beginning and the end, with a word on what is missing. */

// OpenCode itself keeps 50 KB and 2,000 lines from the beginning: what is more would cost the model the verdict behind.
const HEAD = 5_000
const TAIL = 10_000
const HEAD_LINES = 400
const TAIL_LINES = 800

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
      const start = head.split('\n').slice(0, HEAD_LINES).join('\n')
      const rest = head.slice(start.length) + tail
      const end = rest.slice(-TAIL).split('\n').slice(-TAIL_LINES).join('\n')
      const dropped = missing + rest.length - end.length
      return dropped > 0
        ? `${start}\n\n[… ${dropped} characters left out …]\n\n${end}`
        : head + tail
    },
  }
}
