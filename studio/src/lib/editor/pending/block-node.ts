/** Proposed lines as they stand between the lines of the text: coloured like code, on amber, with their author's name. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import { ownerClass } from './decorations.ts'
import { authorWords } from './verdict.ts'

export function blockNode(
  monaco: MonacoApi,
  editor: CodeEditor,
  model: TextModel,
  lines: readonly string[],
  hunk: PendingHunk,
): HTMLElement {
  const zone = document.createElement('div')
  // Monaco decides how the zone itself is displayed.
  const block = zone.appendChild(document.createElement('div'))
  block.className = `pending-block ${ownerClass(hunk)}`
  block.dataset['digest'] = hunk.digest
  editor.applyFontInfo(block)
  const lineHeight = editor.getOption(monaco.editor.EditorOption.lineHeight)
  block.style.lineHeight = `${lineHeight}px`
  const code = document.createElement('div')
  code.className = 'pending-block-code'
  code.textContent = lines.join('\n')
  const flag = document.createElement('span')
  flag.className = `pending-flag ${hunk.author.agent ? 'agent' : 'hue'}`
  flag.style.setProperty('--hue', String(hunk.author.hue))
  flag.textContent = authorWords(hunk.author)
  block.append(code, flag)
  void monaco.editor
    .colorize(lines.join('\n'), model.getLanguageId(), { tabSize: model.getOptions().tabSize })
    .then((html) => {
      // Monaco escapes the text; only its own spans and breaks are markup.
      code.innerHTML = html
    })
  return zone
}

export function marginNode(hunk: PendingHunk, lane: number): HTMLElement {
  const node = document.createElement('div')
  node.className = `pending-bar ${ownerClass(hunk)} lane-${lane}`
  return node
}
