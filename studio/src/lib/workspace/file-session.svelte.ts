/** One open text file: its live text, its model, and what the server said about one's edits. */
import { pendingAfter } from '@relpin/authority/pending-after.ts'
import type { PendingHunk, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { fileDocument } from '@relpin/authority/document-names.ts'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { Binding } from '#lib/editor/binding.ts'
import type { Landing, Step } from '#lib/editor/undo/carried-steps.ts'
import type { CodeEditor, TextModel } from '#lib/editor/monaco.ts'
import type { MonacoModule } from '#lib/editor/monaco-loader.ts'
import type { Connection } from './connection.svelte.ts'
import type { DocumentChoice } from './live/document-choice.ts'
import { DocumentLink } from './live/document-link.ts'
import type { KeptWork } from './unsaved/kept-work.ts'
import { languageOf } from './languages.ts'
import { LiveText, type RefusedEdit } from './live/live-text.ts'
import type { FoundWork } from './unsaved/unfinished.svelte.ts'

type AgentRemoved = Extract<ServerMessage, { type: 'agent-removed' }>

/** What the workspace wants to hear from a file. */
type SessionListeners = {
  /** An edit was routed into a patch. */
  readonly queued: (patch: string | null, why: string) => void
  /** Somebody typed here: the tab is no preview any more. */
  readonly touched: () => void
  readonly refused: (refused: RefusedEdit, path: string) => void
}

export class FileSession {
  state: 'loading' | 'ready' | 'refused' = $state('loading')
  /** Why the server does not open the document. */
  problem: string | null = $state(null)
  choice: DocumentChoice = $state.raw() as DocumentChoice
  hunks: readonly PendingHunk[] = $state.raw([])
  /** Changes that the server has not committed. */
  unsaved = $state(0)
  /** The server has not answered for long. */
  late = $state(false)
  /** Rises when the document or its awareness was exchanged: who draws from them draws again. */
  generation = $state(0)
  model: TextModel | null = $state.raw(null)
  viewState: ReturnType<CodeEditor['saveViewState']> = null

  readonly fileId: string
  readonly #live: LiveText
  /** From a branch one still sees, and is seen by, those who are in main. */
  #main: DocumentLink | null = null
  #path: string
  #binding: Binding | null = null
  readonly #connection: Connection
  readonly #loaded: MonacoModule
  readonly #editor: CodeEditor
  readonly #listeners: SessionListeners
  #tellRemoved: ((removed: AgentRemoved) => void) | null = null
  readonly #hide = (): void => this.#live.keepBase()

  constructor(
    fileId: string,
    path: string,
    choice: DocumentChoice,
    connection: Connection,
    kept: KeptWork,
    loaded: MonacoModule,
    editor: CodeEditor,
    listeners: SessionListeners,
  ) {
    this.fileId = fileId
    this.#path = path
    this.choice = choice
    this.#loaded = loaded
    this.#editor = editor
    this.#listeners = listeners
    this.#connection = connection
    const keeper = {
      keep: (document: string, update: Uint8Array) =>
        kept.keep({ file: fileId, path: this.#path, document, update }),
      keepBase: (document: string, state: Uint8Array) =>
        kept.keepBase({ file: fileId, path: this.#path, document, state }),
      release: (keys: readonly string[]) => kept.release(keys),
    }
    this.#live = new LiveText(connection, choice.document, keeper, {
      synced: () => this.#synced(),
      exchanged: (landing) => this.#exchanged(landing),
      joined: () => this.#joined(),
      unsaved: (changes, late) => {
        this.unsaved = changes
        this.late = late
        if (changes === 0) queueMicrotask(() => this.#leaveBranch())
      },
      message: (message) => this.#hear(message),
      refusedEdit: (refused) => listeners.refused(refused, this.#path),
      refusedOpening: (reason) => {
        this.problem = reason
        if (this.model === null) this.state = 'refused'
      },
    })
    window.addEventListener('pagehide', this.#hide)
    this.#joined()
  }

  get text(): Y.Text {
    return this.#live.text
  }

  /** Where carets are announced and seen. `shared` is main's document when one types into a branch. */
  get presence(): { readonly awareness: Awareness | null; readonly shared: Y.Doc | null } {
    const place = this.#main ?? this.#live
    return { awareness: place.provider.awareness, shared: this.#main?.doc ?? null }
  }

  /** In a branch of one's own, pending text is really in the document. */
  get inBranch(): boolean {
    return this.#live.name.startsWith('branch/')
  }

  /** The document in use is not (yet) the one that was chosen: what was typed is still on its way. */
  get switching(): boolean {
    void this.generation
    return this.choice.mode === 'write' && this.#live.name !== this.choice.document
  }

  /** False while nothing may be typed: a reader's file, or one that the server does not open any more. */
  get writable(): boolean {
    return this.choice.mode !== 'read' && this.problem === null
  }

  undo(): void {
    if (this.writable) this.#binding?.undo()
  }

  redo(): void {
    if (this.writable) this.#binding?.redo()
  }

  /** One listener hears where an agent takes text out. Returns how to stop. */
  onRemoved(listener: (removed: AgentRemoved) => void): () => void {
    this.#tellRemoved = listener
    return () => {
      if (this.#tellRemoved === listener) this.#tellRemoved = null
    }
  }

  /** What an earlier visit wrote and did not bring to the server. */
  restore({ updates, bases }: FoundWork): void {
    this.#live.restore(updates, bases)
  }

  /** The file is gone, and what is not saved with it: it is shown to be copied. */
  abandon(rule: string, why: string): void {
    this.#live.refuseAll(rule, why)
  }

  /** The role or the file's class changed: go on in the document that is right now. */
  choose(choice: DocumentChoice): void {
    this.choice = choice
    if (choice.document === this.#live.name) return
    // A branch holds all that main holds, and takes what main had not yet taken. The other way round, what waits in the
    // branch must not come along.
    if (choice.mode === 'propose') this.#live.continueAs(choice.document)
    else this.#leaveBranch()
  }

  /** Goes back to main as soon as the branch has all that was typed into it: it must not be typed there again. */
  #leaveBranch(): void {
    const { document, mode } = this.choice
    if (mode === 'propose' || document === this.#live.name) return
    if (mode === 'read' || this.unsaved === 0) this.#live.moveTo(document)
  }

  /** The file has a new name; TypeScript knows models by theirs. */
  rename(path: string): void {
    if (path === this.#path) return
    this.#path = path
    const old = this.model
    if (!old) return
    this.#unbind()
    const inFront = this.#editor.getModel() === old
    const view = inFront ? this.#editor.saveViewState() : this.viewState
    this.#bindTo(this.#createModel(old.getValue()))
    if (inFront) {
      this.#editor.setModel(this.model)
      this.#editor.restoreViewState(view)
    }
    old.dispose()
  }

  destroy(): void {
    window.removeEventListener('pagehide', this.#hide)
    this.#unbind()
    this.#live.destroy()
    this.#main?.destroy()
    this.model?.dispose()
    this.model = null
  }

  #joined(): void {
    if (this.inBranch && !this.#main) {
      const redraw = (): void => {
        this.generation += 1
      }
      this.#main = new DocumentLink(this.#connection, fileDocument(this.fileId), {
        synced: redraw,
        joined: redraw,
        message: () => undefined,
        refused: () => undefined,
      })
    } else if (!this.inBranch && this.#main) {
      this.#main.destroy()
      this.#main = null
    }
    this.generation += 1
  }

  #synced(): void {
    this.problem = null
    if (!this.model) this.#bindTo(this.#createModel(this.text.toString()))
    this.state = 'ready'
  }

  /** The document was exchanged under the model: carets and selections stay at their characters, and the view stays. */
  #exchanged(landing: Landing | null): void {
    const { model } = this
    if (!model) return
    const steps = (landing && this.#binding?.stepsIn(this.text, landing)) ?? []
    const inFront = this.#editor.getModel() === model
    const marks = (inFront && landing && this.#editor.getSelections()) || []
    const offsets = marks.map((mark) => [
      model.getOffsetAt({
        lineNumber: mark.selectionStartLineNumber,
        column: mark.selectionStartColumn,
      }),
      model.getOffsetAt({ lineNumber: mark.positionLineNumber, column: mark.positionColumn }),
    ])
    const top = this.#editor.getScrollTop()
    this.#bindTo(model, steps)
    if (!landing || offsets.length === 0) return
    const { caret } = landing
    this.#editor.setSelections(
      offsets.map(([start = 0, end = 0]) => {
        const from = model.getPositionAt(caret(start))
        const to = model.getPositionAt(caret(end))
        return {
          selectionStartLineNumber: from.lineNumber,
          selectionStartColumn: from.column,
          positionLineNumber: to.lineNumber,
          positionColumn: to.column,
        }
      }),
    )
    this.#editor.setScrollTop(top)
  }

  #hear(message: ServerMessage): void {
    this.hunks = pendingAfter(this.hunks, message)
    if (message.type === 'agent-removed') this.#tellRemoved?.(message)
    if (message.type !== 'verdict') return
    if (message.branch === this.#live.name && this.choice.document !== message.branch) {
      this.choice = {
        mode: 'propose',
        document: message.branch,
        why: message.why,
        cause: 'required',
      }
    }
    this.#listeners.queued(message.patch ?? null, message.why)
  }

  #bindTo(model: TextModel, steps: readonly Step[] = []): void {
    this.#unbind()
    this.model = model
    this.#binding = this.#loaded.bind(this.text, model, this.#editor, {
      onOwnEdit: () => this.#listeners.touched(),
      main: () => this.presence.shared,
      steps,
    })
    this.generation += 1
  }

  #unbind(): void {
    this.#binding?.destroy()
    this.#binding = null
  }

  #createModel(text: string): TextModel {
    const { monaco } = this.#loaded
    const uri = monaco.Uri.file(`/${this.#path}`)
    monaco.editor.getModel(uri)?.dispose()
    const model = monaco.editor.createModel(text, languageOf(this.#path).id, uri)
    model.updateOptions({
      tabSize: 2,
      insertSpaces: true,
      // Brackets in many colours would drown the colours that mean something here.
      bracketColorizationOptions: {
        enabled: false,
        independentColorPoolPerBracketType: false,
      },
    })
    return model
  }
}
