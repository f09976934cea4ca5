/** Draws the plans of a file's open hunks in Monaco: strikes, inline insertions, blocks of lines, and a bar beside them. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import type { Mark, Plan } from './plan.ts'
import { ensureHue } from '../hue-rules.ts'
import { authorWords } from './verdict.ts'

export type ShownHunk = { readonly hunk: PendingHunk; readonly plan: Plan }

export type PendingMarks = {
  readonly show: (hunks: readonly ShownHunk[], current: string | null) => void
  readonly clear: () => void
}

type Decoration = Parameters<CodeEditor['createDecorationsCollection']>[0] extends
  readonly (infer Each)[] | undefined
  ? Each
  : never

export function pendingMarks(monaco: MonacoApi, editor: CodeEditor): PendingMarks {
  const decorations = editor.createDecorationsCollection()
  const authors = editor.createDecorationsCollection()
  let zones: { readonly id: string; readonly key: string }[] = []

  const show = (hunks: readonly ShownHunk[], current: string | null): void => {
    const model = editor.getModel()
    if (!model) return
    decorations.set(
      hunks.flatMap(({ hunk, plan }) => [
        ...plan.marks.flatMap((mark) => decorate(monaco, model, mark)),
        ...bar(monaco, model, plan, hunk.digest === current),
      ]),
    )
    authors.set(authorMarks(monaco, model, hunks))
    showZones(model, hunks)
  }

  /** View zones are costly to exchange, so only those that changed are. */
  const showZones = (model: TextModel, hunks: readonly ShownHunk[]): void => {
    const wanted = hunks.flatMap(({ hunk, plan }) =>
      plan.marks.flatMap((mark) =>
        mark.kind === 'block'
          ? [{ mark, hunk, key: `${hunk.digest} ${mark.after} ${mark.lines.join('\n')}` }]
          : [],
      ),
    )
    const kept = new Set(wanted.map(({ key }) => key))
    const there = new Set(zones.map(({ key }) => key))
    if (wanted.every(({ key }) => there.has(key)) && zones.every(({ key }) => kept.has(key))) return
    editor.changeViewZones((change) => {
      for (const zone of zones) if (!kept.has(zone.key)) change.removeZone(zone.id)
      zones = zones.filter(({ key }) => kept.has(key))
      for (const { mark, hunk, key } of wanted) {
        if (there.has(key)) continue
        const id = change.addZone({
          afterLineNumber: mark.after,
          heightInLines: mark.lines.length,
          domNode: blockNode(monaco, editor, model, mark.lines, hunk),
          marginDomNode: marginNode(),
          suppressMouseDown: false,
          showInHiddenAreas: true,
        })
        zones.push({ id, key })
      }
    })
  }

  return {
    show,
    clear: () => {
      decorations.clear()
      authors.clear()
      editor.changeViewZones((change) => {
        for (const zone of zones) change.removeZone(zone.id)
      })
      zones = []
    },
  }
}

function decorate(monaco: MonacoApi, model: TextModel, mark: Mark): Decoration[] {
  const range = (from: number, to: number) =>
    monaco.Range.fromPositions(model.getPositionAt(from), model.getPositionAt(to))
  const sticky = monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges
  const injected = (content: string, inlineClassName: string): Decoration['options'] => ({
    after: {
      content: visible(content),
      inlineClassName,
      inlineClassNameAffectsLetterSpacing: true,
      cursorStops: monaco.editor.InjectedTextCursorStops.None,
    },
    showIfCollapsed: true,
    stickiness: sticky,
  })
  switch (mark.kind) {
    case 'strike':
      return [
        {
          range: range(mark.from, mark.to),
          options: { inlineClassName: 'pending-strike', stickiness: sticky },
        },
        {
          range: range(mark.from, mark.to),
          options: { className: 'pending-strike-ground', stickiness: sticky },
        },
      ]
    case 'inline':
      return [{ range: range(mark.at, mark.at), options: injected(mark.text, 'pending-insert') }]
    case 'typed':
      return [
        {
          range: range(mark.from, mark.to),
          options: { inlineClassName: 'pending-typed', stickiness: sticky },
        },
      ]
    case 'gone':
      return [{ range: range(mark.at, mark.at), options: injected(mark.text, 'pending-gone') }]
    case 'block':
      return []
  }
}

function bar(monaco: MonacoApi, model: TextModel, plan: Plan, current: boolean): Decoration[] {
  const last = Math.min(plan.lastLine, model.getLineCount())
  // Lines that only stand above the first one have their bar beside the block itself.
  if (plan.marks.every((mark) => mark.kind === 'block')) return []
  return [
    {
      range: new monaco.Range(plan.firstLine, 1, last, 1),
      options: {
        isWholeLine: true,
        marginClassName: current ? 'pending-bar current' : 'pending-bar',
        overviewRuler: {
          color: { id: 'editorWarning.foreground' },
          position: monaco.editor.OverviewRulerLane.Left,
        },
      },
    },
  ]
}

/** The author's name at the end of the line, once for each line and author. */
function authorMarks(
  monaco: MonacoApi,
  model: TextModel,
  hunks: readonly ShownHunk[],
): Decoration[] {
  const named = new Set<string>()
  return hunks.flatMap(({ hunk, plan }) => {
    const line = Math.min(plan.lastLine, model.getLineCount())
    const words = authorWords(hunk.author)
    // Blocks carry a name of their own, and nobody needs theirs beside what they have typed.
    const quiet = plan.marks.some(({ kind }) => kind === 'block' || kind === 'typed')
    if (quiet || named.has(`${line} ${words}`)) return []
    named.add(`${line} ${words}`)
    ensureHue(hunk.author.hue)
    const tone = hunk.author.agent ? 'by-agent' : `by-hue-${hunk.author.hue}`
    const injected = (content: string, inlineClassName: string): Decoration => ({
      range: monaco.Range.fromPositions({ lineNumber: line, column: model.getLineMaxColumn(line) }),
      options: {
        after: {
          content,
          inlineClassName,
          inlineClassNameAffectsLetterSpacing: true,
          cursorStops: monaco.editor.InjectedTextCursorStops.None,
        },
        showIfCollapsed: true,
      },
    })
    return [
      injected('\u00a0\u00a0', ''),
      injected(`\u00a0${words}\u00a0`, `pending-author ${tone}`),
    ]
  })
}

/** Lines that are proposed, coloured like code, on amber, with the author's name at the end. */
function blockNode(
  monaco: MonacoApi,
  editor: CodeEditor,
  model: TextModel,
  lines: readonly string[],
  hunk: PendingHunk,
): HTMLElement {
  const zone = document.createElement('div')
  // Monaco decides how the zone itself is displayed.
  const block = zone.appendChild(document.createElement('div'))
  block.className = 'pending-block'
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

function marginNode(): HTMLElement {
  const node = document.createElement('div')
  node.className = 'pending-bar'
  return node
}

/** Injected text is one line; what would break it is shown by a sign. */
function visible(text: string): string {
  return text.replaceAll('\n', '⏎').replaceAll('\t', '  ')
}
