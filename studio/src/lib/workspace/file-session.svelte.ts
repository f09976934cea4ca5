/** One open text file: its live document, its model, and what the server said about one's edits. */
import type { PendingHunk, ServerMessage } from '@relpin/authority/contracts/collab.ts'
import { fileDocument, TEXT_ROOT } from '@relpin/authority/document-names.ts'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import type { Binding } from '#lib/editor/binding.ts'
import type { CodeEditor, TextModel } from '#lib/editor/monaco.ts'
import type { MonacoModule } from '#lib/editor/monaco-loader.ts'
import { settle } from '#lib/editor/settle.ts'
import { carryOver, difference } from '#lib/editor/text-difference.ts'
import type { Connection } from './connection.svelte.ts'
import type { DocumentChoice } from './document-choice.ts'
import { DocumentLink } from './document-link.ts'
import { languageOf } from './languages.ts'

export type Refusal = { readonly rule: string; readonly why: string; readonly text: string }

/** What the workspace wants to hear from a file. */
export type SessionListeners = {
  /** An edit was routed into a patch. */
  readonly queued: (patch: string | null, why: string) => void
  /** Somebody typed here: the tab is no preview any more. */
  readonly touched: () => void
}

type Exchange = 'refused' | 'rebased'

export class FileSession {
  state: 'loading' | 'ready' | 'refused' = $state('loading')
  /** Why the server does not open the document. */
  problem: string | null = $state(null)
  refusal: Refusal | null = $state.raw(null)
  choice: DocumentChoice = $state.raw() as DocumentChoice
  hunks: readonly PendingHunk[] = $state.raw([])
  unsynced = $state(0)
  /** Rises when the document or its awareness was exchanged: who draws from them draws again. */
  generation = $state(0)
  model: TextModel | null = $state.raw(null)
  viewState: ReturnType<CodeEditor['saveViewState']> = null

  readonly fileId: string
  readonly link: DocumentLink
  /** From a branch one still sees, and is seen by, those who are in main. */
  #main: DocumentLink | null = null
  #path: string
  #binding: Binding | null = null
  #exchange: { readonly kind: Exchange; readonly before: string } | null = null
  readonly #connection: Connection
  readonly #loaded: MonacoModule
  readonly #editor: CodeEditor
  readonly #listeners: SessionListeners

  constructor(
    fileId: string,
    path: string,
    choice: DocumentChoice,
    connection: Connection,
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
    this.link = new DocumentLink(connection, choice.document, {
      synced: () => this.#synced(),
      message: (message) => this.#hear(message),
      unsynced: (changes) => (this.unsynced = changes),
      refused: (reason) => {
        this.problem = reason
        if (this.model === null) this.state = 'refused'
      },
      joined: () => this.#joined(),
    })
    this.#connection = connection
    this.#joined()
  }

  get text(): Y.Text {
    return this.link.doc.getText(TEXT_ROOT)
  }

  /** Where carets are announced and seen. `shared` is main's document when one types into a branch. */
  get presence(): { readonly awareness: Awareness | null; readonly shared: Y.Doc | null } {
    const place = this.#main ?? this.link
    return { awareness: place.provider.awareness, shared: this.#main?.doc ?? null }
  }

  /** In a branch of one's own, pending text is really in the document. */
  get inBranch(): boolean {
    return this.link.name.startsWith('branch/')
  }

  /** False while nothing may be typed: a reader's file, or a refused one that is being reopened. */
  get writable(): boolean {
    return (
      this.choice.mode !== 'read' && this.#exchange?.kind !== 'refused' && this.problem === null
    )
  }

  /** Changes that would be lost with this page. Readers have none. */
  get unsaved(): number {
    return this.state === 'ready' && this.choice.mode !== 'read' ? this.unsynced : 0
  }

  undo(): void {
    if (this.writable) this.#binding?.undo()
  }

  redo(): void {
    if (this.writable) this.#binding?.redo()
  }

  dismissRefusal(): void {
    this.refusal = null
  }

  /** The role or the file's class changed: go on in the document that is right now. */
  choose(choice: DocumentChoice): void {
    this.choice = choice
    if (choice.document === this.link.name) return
    // A branch holds all that main holds, and takes what main had not yet taken. The other way round, what waits in the
    // branch must not come along.
    if (choice.mode === 'propose') this.link.continueAs(choice.document)
    else this.#reopen('rebased', choice.document)
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
    this.#unbind()
    this.link.destroy()
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
        unsynced: () => undefined,
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
    const exchange = this.#exchange
    this.#exchange = null
    if (!this.model) {
      this.#bindTo(this.#createModel(this.text.toString()))
    } else if (exchange) {
      this.#takeFresh(this.model, exchange)
    }
    this.state = 'ready'
  }

  /** The document was exchanged under the model; keys typed meanwhile are carried over unless they were refused. */
  #takeFresh(model: TextModel, exchange: { kind: Exchange; before: string }): void {
    const fresh = this.text.toString()
    const local = model.getValue()
    if (exchange.kind === 'refused') {
      const lost = difference(exchange.before, local)?.insert ?? ''
      if (this.refusal && this.refusal.text.length < lost.length) {
        this.refusal = { ...this.refusal, text: lost }
      }
    }
    const wanted = exchange.kind === 'rebased' ? carryOver(exchange.before, local, fresh) : fresh
    this.#bindTo(model)
    settle(model, wanted)
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'pending':
        this.hunks = message.hunks
        return
      case 'rebased':
        this.#reopen('rebased', this.link.name)
        return
      case 'verdict':
        if (message.verdict === 'denied') this.#denied(message)
        else this.#queued(message)
    }
  }

  #queued(verdict: Extract<ServerMessage, { type: 'verdict' }>): void {
    if (verdict.branch && verdict.branch !== this.link.name) {
      this.choice = { mode: 'propose', document: verdict.branch, why: verdict.why }
      this.link.continueAs(verdict.branch)
    }
    this.#listeners.queued(verdict.patch ?? null, verdict.why)
  }

  #denied(verdict: Extract<ServerMessage, { type: 'verdict' }>): void {
    this.refusal = { rule: verdict.rule, why: verdict.why, text: verdict.text ?? '' }
    this.#reopen('refused', this.link.name)
  }

  #reopen(kind: Exchange, name: string): void {
    this.#unbind()
    const before = this.#exchange?.before ?? this.link.savedText
    this.#exchange = { kind, before }
    this.unsynced = 0
    this.generation += 1
    this.link.reopen(name)
  }

  #bindTo(model: TextModel): void {
    this.model = model
    this.#binding = this.#loaded.bind(this.text, model, this.#editor, () =>
      this.#listeners.touched(),
    )
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
