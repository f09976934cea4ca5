/** The open findings of the file in front, drawn in Monaco: a sign at the line's number, a line below the text, a note at its end. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'
import { FINDING_SEVERITIES } from '@relpin/authority/findings.ts'
import { noteWords, SEVERITY } from '#lib/findings/finding-words.ts'
import type { Findings } from '#lib/findings/findings.svelte.ts'
import { NOWHERE, type Lines } from '#lib/findings/places.ts'
import type { FileSession } from '#lib/workspace/file-session.svelte.ts'
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import { offsetsOf } from '../pending/offsets.ts'

type Placed = { readonly finding: Finding; readonly from: number; readonly to: number }
type Decorations = NonNullable<Parameters<CodeEditor['createDecorationsCollection']>[0]>

export class FindingsView {
  readonly #monaco: MonacoApi
  readonly #editor: CodeEditor
  readonly #findings: Findings
  readonly #drawn: ReturnType<CodeEditor['createDecorationsCollection']>
  readonly #listeners: { dispose: () => void }[]
  #session: FileSession | null = null
  #mine: readonly Finding[] = []
  /** By line, the most serious first. */
  #byLine: ReadonlyMap<number, readonly Finding[]> = new Map()
  #scheduled = false

  /** `onchoose` hears which finding somebody pointed at. */
  constructor(
    monaco: MonacoApi,
    editor: CodeEditor,
    findings: Findings,
    onchoose: (finding: Finding) => void,
  ) {
    this.#monaco = monaco
    this.#editor = editor
    this.#findings = findings
    this.#drawn = editor.createDecorationsCollection()
    const { GUTTER_LINE_NUMBERS } = monaco.editor.MouseTargetType
    this.#listeners = [
      editor.onDidChangeModelContent(() => this.#soon()),
      editor.onMouseDown(({ target }) => {
        const note = target.element?.classList.contains('finding-note') ?? false
        const line = target.position?.lineNumber
        if (line === undefined || (!note && target.type !== GUTTER_LINE_NUMBERS)) return
        const [finding] = this.#byLine.get(line) ?? []
        if (finding) onchoose(finding)
      }),
    ]
  }

  /** The file in front, and all that is open in the app. */
  look(session: FileSession | null, open: readonly Finding[]): void {
    this.#session = session
    this.#mine = open.filter(({ fileId }) => fileId === session?.fileId)
    this.draw()
  }

  /** Finds them in the text as it is now. */
  draw(): void {
    const session = this.#session
    const model = session?.model
    if (!session || !model || this.#editor.getModel() !== model) {
      this.#drawn.clear()
      this.#findings.places = NOWHERE
      this.#byLine = new Map()
      return
    }
    const offsets = offsetsOf(
      this.#mine.flatMap(({ from, to }) => [from, to]),
      session.text,
    )
    const places = new Map<string, Lines | null>()
    const placed: Placed[] = []
    for (const finding of this.#mine) {
      const from = offsets.get(finding.from)
      const to = offsets.get(finding.to)
      if (from === undefined || to === undefined) continue
      places.set(finding.id, to > from ? linesOf(model, from, to) : null)
      if (to > from) placed.push({ finding, from, to })
    }
    this.#findings.places = places
    this.#byLine = byLine(placed, places)
    this.#drawn.set([...placed.flatMap((one) => this.#mark(model, one)), ...this.#notes(model)])
  }

  /** Shows its place in the editor. False while its text is gone. */
  go(finding: Finding): boolean {
    const lines = this.#findings.places.get(finding.id)
    if (!lines) return false
    this.#editor.setPosition({ lineNumber: lines.first, column: 1 })
    this.#editor.revealLineInCenterIfOutsideViewport(lines.first)
    return true
  }

  /** Where the caret is, for the way to the next one. */
  get line(): number {
    return this.#editor.getPosition()?.lineNumber ?? 1
  }

  destroy(): void {
    for (const listener of this.#listeners) listener.dispose()
    this.#drawn.clear()
    this.#findings.places = NOWHERE
  }

  /** After the change has reached the document as well as the model. */
  #soon(): void {
    if (this.#scheduled || this.#mine.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.draw()
    })
  }

  #mark(model: TextModel, { finding, from, to }: Placed): Decorations {
    const { Range, editor } = this.#monaco
    const range = Range.fromPositions(model.getPositionAt(from), model.getPositionAt(to))
    const chosen = finding.id === this.#findings.chosen
    return [
      {
        range,
        options: {
          inlineClassName: `finding-text finding-${finding.severity}${chosen ? ' chosen' : ''}`,
          stickiness: editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges,
          overviewRuler: {
            color: { id: RULER[finding.severity] },
            position: editor.OverviewRulerLane.Right,
          },
        },
      },
    ]
  }

  /** Once for each line: the most serious, and how many more there are. */
  #notes(model: TextModel): Decorations {
    const { Range, editor } = this.#monaco
    return [...this.#byLine].map(([line, [first, ...more]]) => {
      const severity = first?.severity ?? 'info'
      const { sign } = SEVERITY[severity]
      const others = more.length > 0 ? ` +${more.length}` : ''
      const end = model.getLineMaxColumn(line)
      return {
        range: new Range(line, end, line, end),
        options: {
          showIfCollapsed: true,
          lineNumberClassName: `finding-line finding-${severity}`,
          after: {
            content: `   ${sign} ${noteWords(first?.message ?? '')}${others}`.replaceAll(
              ' ',
              '\u00a0',
            ),
            inlineClassName: `finding-note finding-${severity}`,
            cursorStops: editor.InjectedTextCursorStops.None,
          },
        },
      }
    })
  }
}

const RULER = {
  error: 'editorError.foreground',
  warning: 'editorWarning.foreground',
  info: 'editorInfo.foreground',
} as const

function linesOf(model: TextModel, from: number, to: number): Lines {
  return {
    first: model.getPositionAt(from).lineNumber,
    last: model.getPositionAt(to).lineNumber,
  }
}

function byLine(
  placed: readonly Placed[],
  places: ReadonlyMap<string, Lines | null>,
): ReadonlyMap<number, readonly Finding[]> {
  const rank = (finding: Finding): number => FINDING_SEVERITIES.indexOf(finding.severity)
  const lines = Map.groupBy(
    placed.map(({ finding }) => finding),
    ({ id }) => places.get(id)?.first ?? 1,
  )
  return new Map([...lines].map(([line, all]) => [line, all.toSorted((a, b) => rank(a) - rank(b))]))
}
