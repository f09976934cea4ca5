/** The hosts of previews: one label below a name that nothing else is served on, so that each is an origin of its own. */
import { PREVIEW_ID } from '@relpin/authority/contracts/preview.ts'

/** `studio`: everything else. A preview's host is never the studio's, not even one that no preview has. */
export type HostKind =
  | { readonly kind: 'studio' }
  | { readonly kind: 'preview'; readonly id: string }
  | { readonly kind: 'no-preview' }

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** What `Host` stands for. `null` where it cannot be told: it is missing, or no host. */
export function kindOfHost(host: string | undefined, publicUrl: string): HostKind | null {
  const name = nameOf(host)
  if (name === null) return null
  const own = new URL(publicUrl).hostname
  if (name === own || LOOPBACK.has(name)) return { kind: 'studio' }
  for (const suffix of ['.localhost', `.preview.${own}`]) {
    if (!name.endsWith(suffix)) continue
    const id = name.slice(0, -suffix.length)
    return PREVIEW_ID.test(id) ? { kind: 'preview', id } : { kind: 'no-preview' }
  }
  return { kind: 'studio' }
}

/** Lower case, without port and without the dot at the end, as browsers and DNS take it. */
function nameOf(host: string | undefined): string | null {
  const name = /^(\[[0-9a-f:.]+\]|[^\s:/@\\?#]+?)\.?(?::\d*)?$/i.exec(host ?? '')?.[1]
  return name === undefined ? null : name.toLowerCase()
}

type Below = { readonly origin: (label: string) => string } | { readonly none: string }

/** Where previews are; or a sentence, where the studio's own address has no room for names below it. */
function below(publicUrl: string): Below {
  const { protocol, hostname, port } = new URL(publicUrl)
  const end = port === '' ? '' : `:${port}`
  if (LOOPBACK.has(hostname)) return { origin: (label) => `${protocol}//${label}.localhost${end}` }
  if (/^[\d.]+$|^\[/.test(hostname))
    return {
      none: `A preview needs a host of its own, and ${hostname} can have none below it. Set RELPIN_URL to a host name, and point *.preview.<that name> here as well.`,
    }
  return { origin: (label) => `${protocol}//${label}.preview.${hostname}${end}` }
}

/** Why previews have no address here; `null` where they have. */
export function whyNoPreviewHost(publicUrl: string): string | null {
  const where = below(publicUrl)
  return 'none' in where ? where.none : null
}

/** Throws where `whyNoPreviewHost` says why. */
export function previewOrigin(publicUrl: string, id: string): string {
  const where = below(publicUrl)
  if ('none' in where) throw new Error(where.none)
  return where.origin(id)
}

/** What the studio's pages may frame, for their content security policy: previews, and nothing else. */
export function framedByStudio(publicUrl: string): string {
  const where = below(publicUrl)
  return 'none' in where ? "'none'" : where.origin('*')
}

/** Who may frame a preview: the studio, under each name that it is reached by. */
export function framesPreviews(publicUrl: string): string {
  const { protocol, hostname, port, origin } = new URL(publicUrl)
  if (!LOOPBACK.has(hostname)) return origin
  const end = port === '' ? '' : `:${port}`
  return ['localhost', '127.0.0.1'].map((name) => `${protocol}//${name}${end}`).join(' ')
}
