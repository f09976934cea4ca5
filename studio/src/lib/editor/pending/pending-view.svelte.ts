/** The open hunks of the file in front, as state: where they are, which one is meant, and the marks that show them. */
import type { PendingHunk } from '@relpin/authority/contracts/collab.ts'
import type { FileSession } from '#lib/workspace/file-session.svelte.ts'
import { AfterPaint } from '../after-paint.ts'
import type { CodeEditor, MonacoApi, TextModel } from '../monaco.ts'
import { pendingMarks, type PendingMarks, type ShownHunk } from './marks.ts'
import { inOrder } from './order.ts'
import { linesOf, planHunk } from './plan.ts'
import { resolveHunks } from './resolve.ts'
import { shifted, type TextChange } from './shift.ts'

const HOVER_ENDS_MS = 350

export class PendingView {
  /** In the order of the text. */
  shown: readonly ShownHunk[] = $state.raw([])
  /** Where the buttons of the meant hunk go, in pixels from the editor's top; `null` while it is out of sight. */
  top: number | null = $state(null)
  /** They are so low that what opens from them opens upwards. */
  low = $state(false)
  /** The hunk that is being commented on changed meanwhile: the one in its place is shown. */
  changed = $state(false)
  #pinned: { readonly digest: string; readonly patch: string; readonly line: number } | null =
    $state.raw(null)
  #hovered: string | null = $state(null)
  #chosen: string | null = $state(null)
  #atCaret: string | null = $state(null)

  readonly current: ShownHunk | null = $derived.by(() => {
    const find = (digest: string | null): ShownHunk | undefined =>
      this.shown.find(({ hunk }) => hunk.digest === digest)
    return (
      find(this.#pinned?.digest ?? null) ??
      find(this.#hovered) ??
      find(this.#chosen) ??
      find(this.#atCaret) ??
      null
    )
  })

  /** The digest of the hunk that is meant. */
  readonly meant: string | null = $derived(this.current?.hunk.digest ?? null)

  readonly #editor: CodeEditor
  readonly #marks: PendingMarks
  #session: FileSession | null = null
  #memberId = ''
  /** A hunk that was decided: when it is gone, its neighbour is meant. */
  #decided: { readonly digest: string; readonly line: number } | null = null
  #hoverEnds: ReturnType<typeof setTimeout> | undefined
  #generation = 0
  #model: TextModel | null = null
  /** Some hunk has no place in the text as it is now. */
  #placeless = false
  readonly #drawing = new AfterPaint(() => this.#draw())
  readonly #listeners: { dispose: () => void }[]

  constructor(monaco: MonacoApi, editor: CodeEditor) {
    this.#editor = editor
    this.#marks = pendingMarks(monaco, editor)
    this.#listeners = [
      editor.onDidChangeModelContent((event) => this.#typed(event)),
      editor.onDidChangeCursorPosition(({ position }) => this.#follow(position.lineNumber)),
      editor.onDidScrollChange(() => this.place()),
      editor.onDidLayoutChange(() => this.place()),
      editor.onMouseMove(({ target }) => this.#hover(lineOf(target))),
      editor.onMouseLeave(() => this.#hover(null)),
    ]
  }

  /** The file in front, and whose eyes look at it. */
  look(session: FileSession | null, memberId: string): void {
    const model = session?.model ?? null
    const generation = session?.generation ?? 0
    const isKnown =
      session === this.#session && model === this.#model && generation === this.#generation
    this.#session = session
    this.#memberId = memberId
    this.#model = model
    this.#generation = generation
    // While somebody types into a proposal, its hunks change with every key.
    if (isKnown && this.shown.length > 0) this.#drawing.soon()
    else this.#drawing.now()
  }

  /** Finds the hunks in the text as it is now and draws them. */
  #draw(): void {
    const session = this.#session
    const model = session?.model
    if (!session || !model || this.#editor.getModel() !== model) {
      this.shown = []
      this.#marks.clear()
      return
    }
    const lines = linesOf(model.getValue())
    const asked = session.hunks.map((hunk) => ({
      hunk,
      ownBranch: session.inBranch && hunk.proposerId === this.#memberId,
    }))
    const pieces = resolveHunks(asked, session.text)
    this.#placeless = false
    this.shown = inOrder(
      session.hunks.flatMap((hunk, index) => {
        const plan = planHunk(lines, pieces[index] ?? [])
        if (!plan && hunk.change.kind === 'text') this.#placeless = true
        return plan ? [{ hunk, plan }] : []
      }),
    )
    this.#goOn()
    this.#keepPinned()
    this.paint()
  }

  /** Something is open beside the meant hunk: it stays the one that is meant, also when its author goes on. */
  pin(): void {
    const current = this.current
    this.changed = false
    this.#pinned = current && {
      digest: current.hunk.digest,
      patch: current.hunk.patch,
      line: current.plan.firstLine,
    }
  }

  unpin(): void {
    this.#pinned = null
    this.changed = false
  }

  get pinned(): boolean {
    return this.#pinned !== null
  }

  #keepPinned(): void {
    const pinned = this.#pinned
    if (!pinned || this.shown.some(({ hunk }) => hunk.digest === pinned.digest)) return
    const away = ({ plan }: ShownHunk): number => Math.abs(plan.firstLine - pinned.line)
    const next = this.shown
      .filter(({ hunk }) => hunk.patch === pinned.patch)
      .sort((a, b) => away(a) - away(b))[0]
    this.#pinned = next
      ? { digest: next.hunk.digest, patch: pinned.patch, line: next.plan.firstLine }
      : null
    this.changed = next !== undefined
  }

  /** The meant hunk is being decided. Digests change with a decision, so its neighbour is found by its place. */
  deciding(): void {
    const current = this.current
    this.#decided = current && { digest: current.hunk.digest, line: current.plan.firstLine }
  }

  /** It was refused: nothing changes. */
  undecided(): void {
    this.#decided = null
  }

  /** Draws what is known again: another hunk is meant. */
  paint(): void {
    // They are about to be found anew.
    if (this.#drawing.isWaiting) return
    this.#marks.show(this.shown, this.current?.hunk.digest ?? null)
    this.place()
  }

  /** Goes to a hunk of this file. */
  go(digest: string): boolean {
    const target = this.shown.find(({ hunk }) => hunk.digest === digest)
    if (!target) return false
    this.#hovered = null
    this.#chosen = digest
    const line = Math.max(1, target.plan.firstLine)
    this.#editor.setPosition({ lineNumber: line, column: 1 })
    this.#editor.revealLineInCenterIfOutsideViewport(line)
    this.#chosen = digest
    this.#editor.focus()
    return true
  }

  /** The neighbour of the meant hunk in this file, `null` at its end. */
  neighbour(step: 1 | -1): PendingHunk | null {
    const index = this.shown.findIndex(({ hunk }) => hunk.digest === this.current?.hunk.digest)
    if (index < 0) return (step === 1 ? this.shown[0] : this.shown.at(-1))?.hunk ?? null
    return this.shown[index + step]?.hunk ?? null
  }

  /** The pointer is over the hunk's buttons: it stays the one that is meant. */
  hold(): void {
    clearTimeout(this.#hoverEnds)
  }

  release(): void {
    this.#hover(null)
  }

  place(): void {
    const current = this.current
    const model = this.#editor.getModel()
    if (!current || !model) {
      this.top = null
      return
    }
    const { lastLine } = current.plan
    const below =
      lastLine < model.getLineCount()
        ? this.#editor.getTopForLineNumber(lastLine + 1)
        : this.#editor.getContentHeight() - 72
    const top = below - this.#editor.getScrollTop()
    const height = this.#editor.getLayoutInfo().height
    this.low = top > height * 0.55
    this.top = top < 0 || top > height - 20 ? null : Math.min(top, height - 90)
  }

  destroy(): void {
    clearTimeout(this.#hoverEnds)
    this.#drawing.cancel()
    for (const listener of this.#listeners) listener.dispose()
    this.#marks.clear()
  }

  /** What is drawn moves along by itself; only beside or in a hunk it has to be looked at again. */
  #typed({ changes, isFlush }: { changes: readonly TextChange[]; isFlush: boolean }): void {
    if ((this.#session?.hunks.length ?? 0) === 0) return
    const [change, ...others] = changes
    const isPlain = change !== undefined && others.length === 0 && !isFlush
    const canMove = isPlain && !this.#placeless && !this.#drawing.isWaiting
    const moved = canMove ? shifted(this.shown, change) : null
    if (moved === null) this.#drawing.soon()
    else if (moved.some((one, at) => one !== this.shown[at])) {
      this.shown = moved
      queueMicrotask(() => this.place())
    }
  }

  #goOn(): void {
    const decided = this.#decided
    if (!decided || this.shown.some(({ hunk }) => hunk.digest === decided.digest)) return
    this.#decided = null
    const next =
      this.shown.find(({ plan }) => plan.firstLine >= decided.line) ?? this.shown.at(-1) ?? null
    if (next) this.go(next.hunk.digest)
  }

  #follow(line: number): void {
    const at = this.#at(line)
    if (at !== this.#chosen) this.#chosen = null
    this.#atCaret = at
  }

  #hover(line: number | null): void {
    const at = line === null ? null : this.#at(line)
    clearTimeout(this.#hoverEnds)
    if (at !== null) this.#hovered = at
    else this.#hoverEnds = setTimeout(() => (this.#hovered = null), HOVER_ENDS_MS)
  }

  #at(line: number): string | null {
    const found = this.shown.find(({ plan }) => plan.firstLine <= line && line <= plan.lastLine)
    return found?.hunk.digest ?? null
  }
}

type Target = Parameters<Parameters<CodeEditor['onMouseMove']>[0]>[0]['target']

function lineOf(target: Target): number | null {
  const place = target as Partial<{ detail: object | string | null }>
  const { detail } = place
  // A block of lines belongs to the line above it.
  if (typeof detail === 'object' && detail && 'afterLineNumber' in detail) {
    return Math.max(1, Number(detail.afterLineNumber))
  }
  return target.position?.lineNumber ?? null
}
