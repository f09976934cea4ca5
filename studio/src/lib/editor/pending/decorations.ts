/** The Monaco decorations of open hunks, hunk by hunk, each with what tells it from others. */
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import { ensureHue } from '../hue-rules.ts'
import type { ShownHunk } from './marks.ts'
import type { Mark } from './plan.ts'
import { authorWords } from './verdict.ts'

type Given = Parameters<CodeEditor['createDecorationsCollection']>[0] extends
  readonly (infer Each)[] | undefined
  ? Each
  : never
export type Decoration = Omit<Given, 'range'> & {
  readonly range: InstanceType<MonacoApi['Range']>
  readonly key: string
}

/** By digest, in the order in which they are drawn; the names that stand at the ends of lines come last, by `named`. */
export function decorationsOf(
  monaco: MonacoApi,
  model: TextModel,
  hunks: readonly ShownHunk[],
  lanes: readonly number[],
  current: string | null,
): ReadonlyMap<string, readonly Decoration[]> {
  const drawn = new Map<string, readonly Decoration[]>()
  /** By offset, whose text was put there last. */
  const last = new Map<number, string>()
  for (const [index, shown] of hunks.entries()) {
    const { hunk, plan } = shown
    ensureHue(hunk.author.hue)
    const whose = ownerClass(hunk)
    drawn.set(hunk.digest, [
      ...plan.marks.flatMap((mark) => {
        const before = mark.kind === 'inline' ? last.get(mark.at) : undefined
        if (mark.kind === 'inline') last.set(mark.at, hunk.patch)
        // Words of two proposals at one place must not read as one.
        const apart = before !== undefined && before !== hunk.patch
        return decorate(monaco, model, mark, apart ? `${whose} apart` : whose)
      }),
      ...bar(monaco, model, shown, lanes[index] ?? 0, hunk.digest === current),
    ])
  }
  const named = new Set<string>()
  for (const shown of hunks)
    drawn.set(`${shown.hunk.digest} named`, nameOf(monaco, model, shown, named))
  return drawn
}

/** The class that gives pending text and its bar the colour of whose it is. */
export function ownerClass({ author }: ShownHunk['hunk']): string {
  return author.agent ? 'of-agent' : `of-hue-${author.hue}`
}

function decorate(monaco: MonacoApi, model: TextModel, mark: Mark, whose: string): Decoration[] {
  const range = (from: number, to: number) =>
    monaco.Range.fromPositions(model.getPositionAt(from), model.getPositionAt(to))
  const stickiness = monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges
  const injected = (at: number, text: string, inlineClassName: string): Decoration => ({
    key: `${inlineClassName} ${text}`,
    range: range(at, at),
    options: { ...injectedText(monaco, visible(text), inlineClassName), stickiness },
  })
  switch (mark.kind) {
    case 'strike':
      return [
        {
          key: 'strike',
          range: range(mark.from, mark.to),
          options: { inlineClassName: 'pending-strike', stickiness },
        },
        {
          key: 'ground',
          range: range(mark.from, mark.to),
          options: { className: 'pending-strike-ground', stickiness },
        },
      ]
    case 'typed':
      return [
        {
          key: whose,
          range: range(mark.from, mark.to),
          options: { inlineClassName: `pending-typed ${whose}`, stickiness },
        },
      ]
    case 'inline':
      return [injected(mark.at, mark.text, `pending-insert ${whose}`)]
    case 'gone':
      return [injected(mark.at, mark.text, 'pending-gone')]
    case 'block':
      return []
  }
}

function bar(
  monaco: MonacoApi,
  model: TextModel,
  { hunk, plan }: ShownHunk,
  lane: number,
  current: boolean,
): Decoration[] {
  const last = Math.min(plan.lastLine, model.getLineCount())
  // Lines that only stand above the first one have their bar beside the block itself.
  if (plan.marks.every((mark) => mark.kind === 'block')) return []
  const marginClassName = `pending-bar ${ownerClass(hunk)} lane-${lane}${current ? ' current' : ''}`
  return [
    {
      key: marginClassName,
      range: new monaco.Range(Math.min(plan.firstLine, last), 1, last, 1),
      options: {
        isWholeLine: true,
        marginClassName,
        overviewRuler: {
          color: { id: 'editorWarning.foreground' },
          position: monaco.editor.OverviewRulerLane.Left,
        },
      },
    },
  ]
}

/** The author's name at the end of the line, once for each line and author. */
function nameOf(
  monaco: MonacoApi,
  model: TextModel,
  { hunk, plan }: ShownHunk,
  named: Set<string>,
): Decoration[] {
  const line = Math.min(plan.lastLine, model.getLineCount())
  const words = authorWords(hunk.author)
  // Blocks carry a name of their own, and nobody needs theirs beside what they have typed.
  const quiet = plan.marks.some(({ kind }) => kind === 'block' || kind === 'typed')
  if (quiet || named.has(`${line} ${words}`)) return []
  named.add(`${line} ${words}`)
  const tone = hunk.author.agent ? 'by-agent' : `by-hue-${hunk.author.hue}`
  const end = { lineNumber: line, column: model.getLineMaxColumn(line) }
  const injected = (content: string, inlineClassName: string): Decoration => ({
    key: `${content}${inlineClassName}`,
    range: monaco.Range.fromPositions(end),
    options: injectedText(monaco, content, inlineClassName),
  })
  return [injected('\u00a0\u00a0', ''), injected(`\u00a0${words}\u00a0`, `pending-author ${tone}`)]
}

function injectedText(
  monaco: MonacoApi,
  content: string,
  inlineClassName: string,
): Decoration['options'] {
  return {
    after: {
      content,
      inlineClassName,
      inlineClassNameAffectsLetterSpacing: true,
      cursorStops: monaco.editor.InjectedTextCursorStops.None,
    },
    showIfCollapsed: true,
  }
}

/** Injected text is one line; what would break it is shown by a sign. */
function visible(text: string): string {
  return text.replaceAll('\n', '⏎').replaceAll('\t', '  ')
}
