/** The live file tree: the tree document as state, with what is pending in it and who looks at which file. */
import type {
  PendingFile,
  Presence,
  ServerMessage,
  TreeEntry,
} from '@relpin/authority/contracts/collab.ts'
import { TREE_ROOT, treeDocument } from '@relpin/authority/document-names.ts'
import type { Connection } from '../connection.svelte.ts'
import { DocumentLink } from '../live/document-link.ts'
import { buildTree, copyOf, idsByPath, NO_ENTRIES, pendingMarks } from './tree.ts'

export type Visitor = {
  readonly clientId: number
  readonly user: Presence['user']
  /** The file in front of them. */
  readonly file: string | null
}

export class TreeStore {
  loaded = $state(false)
  /** Why the server does not show the tree. */
  refused: string | null = $state(null)
  entries: ReadonlyMap<string, TreeEntry> = $state.raw(NO_ENTRIES)
  pending: readonly PendingFile[] = $state.raw([])
  /** How many patches are open in this app. */
  patches = $state(0)
  visitors: readonly Visitor[] = $state.raw([])
  /** Rises when findings were left, resolved or replied to, and when one may have missed that. */
  findingsTold = $state(0)

  readonly nodes = $derived(buildTree(this.entries, this.pending))
  readonly marks = $derived(pendingMarks(this.pending))
  readonly idByPath = $derived(idsByPath(this.entries, this.pending))

  readonly #link: DocumentLink
  #file: string | null = null

  constructor(connection: Connection, workspaceId: string) {
    this.#link = new DocumentLink(connection, treeDocument(workspaceId), {
      synced: () => {
        this.refused = null
        this.loaded = true
        this.findingsTold += 1
        this.#read()
      },
      message: (message) => this.#hear(message),
      refused: (reason) => (this.refused = reason),
      joined: () => this.#watch(),
    })
    this.#watch()
  }

  /** Tells the others which file is in front here. */
  lookAt(fileId: string | null): void {
    this.#file = fileId
    this.#link.provider.awareness?.setLocalStateField('file', fileId)
  }

  /** The path of a file: in main, or where a proposal wants it. */
  pathOf(fileId: string): string | null {
    const entry = this.entries.get(fileId)
    if (entry) return entry.path
    return this.pending.find((file) => file.fileId === fileId)?.path ?? null
  }

  /** Whose branch a proposed new file is typed into. */
  proposerOf(fileId: string): string | null {
    return this.pending.find((file) => file.fileId === fileId)?.proposerId ?? null
  }

  destroy(): void {
    this.#link.destroy()
  }

  #watch(): void {
    const { doc, provider } = this.#link
    doc.getMap(TREE_ROOT).observe(() => this.#read())
    provider.awareness?.on('change', () => this.#see())
    provider.awareness?.setLocalStateField('file', this.#file)
    this.#see()
  }

  #read(): void {
    const files = this.#link.doc.getMap<TreeEntry>(TREE_ROOT)
    this.entries = copyOf(files.entries())
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'findings') this.findingsTold += 1
    if (message.type !== 'pending-tree') return
    this.pending = message.files
    this.patches = message.patches
  }

  #see(): void {
    const { awareness } = this.#link.provider
    if (!awareness) return
    this.visitors = [...awareness.getStates()].flatMap(([clientId, state]): Visitor[] => {
      const presence = state as Partial<Presence>
      if (clientId === awareness.clientID || !presence.user) return []
      return [{ clientId, user: presence.user, file: presence.file ?? null }]
    })
  }
}
