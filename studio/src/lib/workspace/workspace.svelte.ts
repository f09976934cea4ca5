/** The open workspace: one connection, the live tree, the tabs and their files, and what they add up to. */
import { call } from '#lib/api/client.ts'
import type { App, Me } from '#lib/api/shapes.ts'
import type { CodeEditor } from '#lib/editor/monaco.ts'
import type { MonacoModule } from '#lib/editor/monaco-loader.ts'
import { Findings } from '#lib/findings/findings.svelte.ts'
import { sayPending } from '#lib/ui/toast.ts'
import type { Subject } from '@relpin/authority/decide.ts'
import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { Agents } from './agents.svelte.ts'
import { collabUrl, Connection } from './connection.svelte.ts'
import { chooseDocument, type DocumentChoice } from './live/document-choice.ts'
import { FileSession } from './file-session.svelte.ts'
import type { Manner } from './files-api.ts'
import { closeTab, neighbour, NO_TABS, openTab, parseTabs, type Tabs } from './open-tabs.ts'
import { recall, remember } from './remembered.ts'
import { saveState } from './save-state.ts'
import { Suggesting } from './suggesting.svelte.ts'
import { TreeStore } from './tree/tree-store.svelte.ts'
import { Unfinished } from './unsaved/unfinished.svelte.ts'
import { subjectOf } from './who.ts'

/** A place to show once its file is open; lines and columns from 1. */
export type Place = { readonly lineNumber: number; readonly column: number }

const FILE_GONE = {
  rule: 'file:gone',
  why: 'This file was deleted meanwhile. Copy your text to where it belongs.',
}

type Host = { readonly loaded: MonacoModule; readonly editor: CodeEditor }

export class Workspace {
  me: Me = $state.raw() as Me
  tabs: Tabs = $state.raw(NO_TABS)
  /** A place in the file in front that is waiting for it to be shown. */
  wanted: { readonly file: string; readonly place: Place } | null = $state.raw(null)
  /** Rises when the editor is to take the keyboard: a file was opened for good, not looked at from the tree. */
  focusRequests = $state(0)
  /** What the column at the right shows. */
  side: 'opencode' | 'review' = $state('opencode')
  /** The patch that one's own edits went into last. */
  ownPatch: string | null = $state(null)

  readonly app: App
  readonly connection: Connection
  readonly tree: TreeStore
  readonly agents: Agents
  readonly findings: Findings
  readonly suggesting: Suggesting
  readonly unfinished: Unfinished
  /** Files that are open here, and those that were closed before all of them was saved. */
  readonly sessions = new SvelteMap<string, FileSession>()
  readonly subject: Subject = $derived(subjectOf(this.me))
  readonly active: FileSession | null = $derived(
    this.tabs.active === null ? null : (this.sessions.get(this.tabs.active) ?? null),
  )
  /** Files with work that the server has not committed. */
  readonly unsaved: readonly string[] = $derived.by(() => {
    const found = [...this.unfinished.found.keys()]
    const written = [...this.sessions].filter(([, session]) => session.unsaved > 0)
    return [...written.map(([id]) => id).filter((id) => !found.includes(id)), ...found]
  })
  readonly save = $derived.by(() =>
    saveState(this.connection.state, {
      unsaved: this.unsaved.length > 0,
      late: [...this.sessions.values()].some((session) => session.late),
      refusal: this.unfinished.refusals.all.at(-1)?.why ?? null,
    }),
  )
  #host: Host | null = $state.raw(null)
  readonly #stops: (() => void)[] = []

  constructor(app: App, me: Me) {
    this.app = app
    this.me = me
    this.connection = new Connection(app.slug, collabUrl(location, app.workspaceId))
    this.unfinished = new Unfinished(me.member.id, app.id)
    this.tree = new TreeStore(this.connection, app.workspaceId)
    this.agents = new Agents(app.slug)
    this.findings = new Findings(app.slug)
    this.suggesting = new Suggesting(app.id, me.member.id)
    this.tabs = parseTabs(recall(this.#key))
    this.#stops.push(
      this.connection.onReconnected(() => void this.#refreshMe()),
      $effect.root(() => {
        $effect(() => this.#follow())
        $effect(() => this.#openActive())
        $effect(() => this.#finish())
        $effect(() => this.tree.lookAt(this.tabs.active))
        $effect(() => this.#keepFindings())
        $effect(() => remember(this.#key, JSON.stringify(this.tabs)))
      }),
    )
  }

  /** The editor is there: files can be opened. */
  attach(loaded: MonacoModule, editor: CodeEditor): void {
    this.#host = { loaded, editor }
  }

  open(fileId: string, keep = true, place: Place | null = null): void {
    const before = this.tabs
    this.tabs = openTab(before, fileId, keep)
    this.wanted = place && { file: fileId, place }
    if (keep || place) this.focusRequests += 1
  }

  /** False when there is no such file. */
  openPath(path: string, keep = true, place: Place | null = null): boolean {
    const fileId = this.tree.idByPath.get(path)
    if (fileId === undefined) return false
    this.open(fileId, keep, place)
    return true
  }

  close(fileId: string): void {
    this.tabs = closeTab(this.tabs, fileId)
  }

  step(by: number): void {
    const next = neighbour(this.tabs, by)
    if (next) this.open(next, true)
  }

  /** Which document this person would type into. */
  choiceFor(fileId: string): DocumentChoice {
    const entry = this.tree.entries.get(fileId) ?? null
    return chooseDocument(
      this.subject,
      fileId,
      entry,
      this.tree.proposerOf(fileId),
      this.suggesting.on,
    )
  }

  /** How commands on files are carried out. */
  get manner(): Manner {
    return { app: this.app.slug, suggest: this.suggesting.on }
  }

  /** Resolves when the server has all that was typed, at once while nothing is on its way. */
  async saved(): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = $effect.root(() => {
        $effect(() => {
          if (this.save.kind === 'saving' || this.save.kind === 'offline') return
          resolve()
          queueMicrotask(() => stop())
        })
      })
    })
  }

  destroy(): void {
    for (const stop of this.#stops) stop()
    for (const session of this.sessions.values()) session.destroy()
    this.sessions.clear()
    this.unfinished.destroy()
    this.tree.destroy()
    this.agents.destroy()
    this.findings.destroy()
    this.connection.destroy()
    this.#host = null
  }

  get #key(): string {
    return `relpin:tabs:${this.app.id}`
  }

  /** The file in front has a session as soon as the editor and its entry are there. */
  #openActive(): void {
    if (this.tabs.active !== null) this.#openSession(this.tabs.active)
  }

  /** What an earlier visit wrote goes on its way, also in files that nobody looks at; closed files stay until saved. */
  #finish(): void {
    const { found, refusals } = this.unfinished
    for (const fileId of found.keys()) {
      this.#openSession(fileId)
      const isGone = this.tree.loaded && this.tree.pathOf(fileId) === null
      if (isGone) untrack(() => refusals.addLost(this.unfinished.take(fileId), FILE_GONE))
    }
    for (const [fileId, session] of this.sessions) {
      const isClosed = !this.tabs.open.includes(fileId)
      if (isClosed && session.state !== 'loading' && session.unsaved === 0)
        untrack(() => this.#drop(fileId))
    }
  }

  /** They change with what reviews leave and people say, and with what becomes of the edits that they suggest. */
  #keepFindings(): void {
    const { findingsTold, pending, loaded } = this.tree
    void findingsTold
    void pending
    if (loaded) untrack(() => this.findings.soon())
  }

  #openSession(fileId: string): void {
    const host = this.#host
    if (!host) return
    const path = this.tree.pathOf(fileId)
    if (path === null || this.tree.entries.get(fileId)?.kind === 'binary') return
    untrack(() => {
      const session = this.sessions.get(fileId) ?? this.#newSession(fileId, path, host)
      this.sessions.set(fileId, session)
      const found = this.unfinished.take(fileId)
      if (found) session.restore(found)
    })
  }

  #newSession(fileId: string, path: string, { loaded, editor }: Host): FileSession {
    const { kept, refusals } = this.unfinished
    const choice = this.choiceFor(fileId)
    return new FileSession(fileId, path, choice, this.connection, kept, loaded, editor, {
      queued: (patch, why) => this.#queued(patch, why),
      touched: () => {
        if (this.tabs.preview === fileId) this.tabs = openTab(this.tabs, fileId, true)
      },
      refused: (refused, at) => refusals.add({ ...refused, file: fileId, path: at }),
    })
  }

  /** Files that were renamed, reclassified or deleted by anybody; a role that changed; Suggesting switched on or off. */
  #follow(): void {
    const { entries, loaded, pending } = this.tree
    void this.subject
    void this.suggesting.on
    if (!loaded) return
    untrack(() => {
      for (const fileId of this.tabs.open) {
        const entry = entries.get(fileId)
        const session = this.sessions.get(fileId)
        if (!entry && !pending.some((file) => file.fileId === fileId)) {
          session?.abandon(FILE_GONE.rule, FILE_GONE.why)
          this.close(fileId)
        } else if (session) {
          session.rename(this.tree.pathOf(fileId) ?? '')
          session.choose(this.choiceFor(fileId))
        }
      }
    })
  }

  #queued(patch: string | null, why: string): void {
    if (patch !== null && patch !== this.ownPatch) {
      sayPending(`Your edits wait for approval as patch ${patch}`, why)
    }
    this.ownPatch = patch ?? this.ownPatch
  }

  #drop(fileId: string): void {
    this.sessions.get(fileId)?.destroy()
    this.sessions.delete(fileId)
  }

  /** The connection was interrupted: perhaps because the role changed. */
  async #refreshMe(): Promise<void> {
    const answer = await call<Me>(fetch, 'GET', '/api/me')
    if (answer.ok) this.me = answer.value
  }
}
