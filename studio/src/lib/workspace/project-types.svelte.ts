/** Gives TypeScript the texts of the whole workspace, and renews them when others change files that are not open here. */
import type { MonacoModule } from '#lib/editor/monaco-loader.ts'
import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { readText } from './files-api.ts'
import { isScript } from './languages.ts'
import type { Workspace } from './workspace.svelte.ts'

/** More would cost more than the hints are worth. */
const MOST_FILES = 1_500
const AT_ONCE = 6
const GATHER_MS = 250
const RENEW_MS = 6_000

export class ProjectTypes {
  readonly #loaded: MonacoModule
  readonly #workspace: Workspace
  /** By file id, so that a rename costs no reading. */
  readonly #texts = new SvelteMap<string, string>()
  #teach: ReturnType<typeof setTimeout> | undefined
  readonly #stops: (() => void)[]

  constructor(loaded: MonacoModule, workspace: Workspace) {
    this.#loaded = loaded
    this.#workspace = workspace
    const visited = setInterval(() => void this.#renewVisited(), RENEW_MS)
    const focused = (): void => void this.#read([...this.#texts.keys()])
    window.addEventListener('focus', focused)
    this.#stops = [
      () => clearInterval(visited),
      () => window.removeEventListener('focus', focused),
      $effect.root(() => {
        $effect(() => this.#followTree())
      }),
    ]
  }

  destroy(): void {
    clearTimeout(this.#teach)
    for (const stop of this.#stops) stop()
  }

  #followTree(): void {
    const { entries } = this.#workspace.tree
    const wanted = [...entries]
      .filter(([, entry]) => entry.kind === 'text' && isScript(entry.path))
      .slice(0, MOST_FILES)
      .map(([fileId]) => fileId)
    // What is read here must not run this again: each text that arrives would have all others read anew.
    untrack(() => {
      const missing = wanted.filter((fileId) => !this.#texts.has(fileId))
      for (const fileId of this.#texts.keys()) if (!entries.has(fileId)) this.#texts.delete(fileId)
      if (missing.length > 0) void this.#read(missing)
      else this.#teachSoon()
    })
  }

  /** Files in which others are, and that are no model here. */
  async #renewVisited(): Promise<void> {
    const { tree, sessions } = this.#workspace
    const visited = tree.visitors.flatMap(({ file }) => file ?? [])
    const files = visited.filter((file) => this.#texts.has(file) && !sessions.has(file))
    if (files.length > 0) await this.#read(files)
  }

  async #read(fileIds: readonly string[]): Promise<void> {
    const { tree, app } = this.#workspace
    const queue = [...fileIds]
    let changed = false
    const worker = async (): Promise<void> => {
      for (let fileId = queue.shift(); fileId !== undefined; fileId = queue.shift()) {
        const path = tree.entries.get(fileId)?.path
        const text = path === undefined ? null : await readText(app.slug, path)
        if (text === null || this.#texts.get(fileId) === text) continue
        this.#texts.set(fileId, text)
        changed = true
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    if (changed) this.#teachSoon()
  }

  #teachSoon(): void {
    clearTimeout(this.#teach)
    this.#teach = setTimeout(() => {
      const { tree, sessions } = this.#workspace
      const texts = [...this.#texts].flatMap(([fileId, text]): [string, string][] => {
        const path = tree.entries.get(fileId)?.path
        return path === undefined ? [] : [[path, sessions.get(fileId)?.model?.getValue() ?? text]]
      })
      const { forgetStrayModels, monaco, teachTypeScript } = this.#loaded
      forgetStrayModels(monaco, (path) => {
        const fileId = tree.idByPath.get(path)
        return fileId !== undefined && sessions.has(fileId)
      })
      teachTypeScript(new SvelteMap(texts))
    }, GATHER_MS)
  }
}
