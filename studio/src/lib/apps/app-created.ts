/** What creating an app answers, and which archives can be uploaded. */
import type { App } from '#lib/api/shapes.ts'

export type AppCreated = {
  readonly app: App
  /** Files that were imported. */
  readonly imported: number
  /** Files of class secret: never stored. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
  /** Files that were skipped for other reasons (dependencies, build output). */
  readonly skipped: unknown
}

/** The content type of an archive by its name; `null` for anything else. */
export function archiveType(name: string): 'application/gzip' | 'application/zip' | null {
  if (/\.(tar\.gz|tgz)$/i.test(name)) return 'application/gzip'
  return /\.zip$/i.test(name) ? 'application/zip' : null
}

/** `storefront-v2.tar.gz` suggests `storefront-v2`. */
export const nameOfArchive = (name: string): string => name.replace(/\.(tar\.gz|tgz|zip)$/i, '')
