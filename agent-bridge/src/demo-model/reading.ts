/** What the demo model says about files that it read: simple, true observations. */
import { linesOf, outcomeInWords, type DoneCall } from './conversation.ts'

export function walkthrough(files: readonly DoneCall[]): string {
  const parts = files.map((file) => {
    const path = pathOf(file)
    const lines = linesOf(file.result)
    if (!lines) return `**\`${path}\`** — ${outcomeInWords(file.result, 'reading it')}`
    const text = lines.join('\n')
    const names = [
      ...text.matchAll(/^export (?:default )?(?:async )?(?:function|const|class|type)\s+(\w+)/gm),
    ]
    const uses = [...text.matchAll(/from ['"](.+?)['"]/g)]
    const list = (matches: RegExpMatchArray[]): string =>
      matches.length === 0 ? 'nothing' : matches.map((match) => `\`${match[1]}\``).join(', ')
    return `**\`${path}\`** has ${lines.length} lines. It exports ${list(names)} and builds on ${list(uses)}.`
  })
  return `### Walk-through\n\n${parts.join('\n\n')}\n\n_Demo model: this is read off the text, not understood._`
}

function pathOf(file: DoneCall): string {
  const path = file.args['filePath']
  return typeof path === 'string' ? path : 'the file'
}
