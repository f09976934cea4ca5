/** What the tree shows and what is done in it: folds, the chosen row, a name being typed. */
import { pathProblem } from '@relpin/authority/workspace-path.ts'
import { SvelteSet } from 'svelte/reactivity'
import { createFile, deletePath, renamePath } from '../files-api.ts'
import { recall, remember } from '../remembered.ts'
import { fileName, foldersAbove, visibleRows, type TreeFile, type TreeNode } from './tree.ts'
import type { Workspace } from '../workspace.svelte.ts'

export type Typing =
  /** A new file or folder, below `folder` ('' is the top). */
  | { readonly kind: 'create'; readonly folder: string }
  | { readonly kind: 'rename'; readonly node: TreeNode }

export class TreeState {
  /** The path of the row that the keyboard is on. */
  chosen: string | null = $state(null)
  typing: Typing | null = $state.raw(null)
  /** A file whose deletion waits for a yes. */
  deleting: TreeNode | null = $state.raw(null)
  /** A file about which something waits, to be decided. */
  deciding: TreeFile | null = $state.raw(null)
  readonly #folded = new SvelteSet<string>()
  readonly #workspace: Workspace

  constructor(workspace: Workspace) {
    this.#workspace = workspace
    for (const folder of (recall(this.#key) ?? '').split('\n')) if (folder) this.#folded.add(folder)
  }

  readonly rows: readonly TreeNode[] = $derived.by(() =>
    visibleRows(this.#workspace.tree.nodes, (folder) => this.#folded.has(folder)),
  )

  isFolded(folder: string): boolean {
    return this.#folded.has(folder)
  }

  fold(folder: string, folded = !this.#folded.has(folder)): void {
    if (folded) this.#folded.add(folder)
    else this.#folded.delete(folder)
    remember(this.#key, [...this.#folded].join('\n'))
  }

  /** Unfolds what lies above, so that the row is in sight. */
  reveal(path: string): void {
    for (const folder of foldersAbove(path)) if (this.#folded.has(folder)) this.fold(folder, false)
    this.chosen = path
  }

  activate(node: TreeNode, keep: boolean): void {
    this.chosen = node.path
    if (node.kind === 'folder') this.fold(node.path)
    else this.#workspace.open(node.id, keep)
  }

  startCreate(near: TreeNode | null): void {
    const folder = near === null ? '' : near.kind === 'folder' ? near.path : parentOf(near.path)
    if (folder !== '') this.fold(folder, false)
    this.typing = { kind: 'create', folder }
  }

  /** What is wrong with the name being typed, or `null`. */
  problemOf(name: string): string | null {
    const typing = this.typing
    if (!typing || name.trim() === '') return null
    const path = targetPath(typing, name)
    const taken =
      this.#workspace.tree.idByPath.has(path) &&
      !(typing.kind === 'rename' && typing.node.path === path)
    return taken ? `${path} exists already.` : (pathProblem(path)?.why ?? null)
  }

  async commit(name: string): Promise<void> {
    const typing = this.typing
    this.typing = null
    if (!typing || name.trim() === '') return
    const path = targetPath(typing, name)
    if (typing.kind === 'rename') return this.move(typing.node, path)
    if (await createFile(this.#workspace.manner, path)) this.#openSoon(path)
  }

  /** Renames or moves a file, or everything in a folder. */
  async move(node: TreeNode, to: string): Promise<void> {
    if (node.path === to) return
    // The row may stand under its new name before the answer is here: the next key is meant for it.
    if (this.chosen === node.path) this.chosen = to
    if (await renamePath(this.#workspace.manner, node.path, to)) this.reveal(to)
    else if (this.chosen === to) this.chosen = node.path
  }

  /** Moves into a folder ('' is the top), keeping the name. */
  async moveInto(node: TreeNode, folder: string): Promise<void> {
    if (node.kind === 'folder' && (folder === node.path || folder.startsWith(`${node.path}/`)))
      return
    await this.move(node, folder === '' ? node.name : `${folder}/${node.name}`)
  }

  async remove(node: TreeNode): Promise<void> {
    await deletePath(this.#workspace.manner, node.path)
  }

  /** Keyboard: the row `step` below the chosen one. */
  step(step: number): TreeNode | null {
    const index = this.rows.findIndex((row) => row.path === this.chosen)
    const next = this.rows[Math.max(0, Math.min(this.rows.length - 1, index + step))] ?? null
    if (next) this.chosen = next.path
    return next
  }

  get #key(): string {
    return `relpin:folded:${this.#workspace.app.id}`
  }

  /** The tree document tells of the new file a moment later. */
  #openSoon(path: string): void {
    this.reveal(path)
    if (this.#workspace.openPath(path)) return
    const stop = $effect.root(() => {
      $effect(() => {
        if (this.#workspace.tree.idByPath.has(path) && this.#workspace.openPath(path)) {
          queueMicrotask(stop)
        }
      })
    })
    setTimeout(stop, 5_000)
  }
}

export function filesIn(node: TreeNode): (TreeNode & { kind: 'file' })[] {
  return node.kind === 'file' ? [node] : node.children.flatMap(filesIn)
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** A typed name lies beside the old one, or below the folder; a leading `/` starts from the top. */
function targetPath(typing: Typing, name: string): string {
  const typed = name.trim().replace(/\/+$/, '')
  if (typed.startsWith('/')) return typed.slice(1)
  const folder = typing.kind === 'create' ? typing.folder : parentOf(typing.node.path)
  return folder === '' ? typed : `${folder}/${typed}`
}

export const initialName = (typing: Typing): string =>
  typing.kind === 'rename' ? fileName(typing.node.path) : ''
