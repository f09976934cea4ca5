/** A main document in memory: its content may still be on its way there. */
import type { Document } from '@hocuspocus/server'
import type { DocumentName } from '@relpin/authority/document-names.ts'
import type { Bindings } from './attribution.ts'
import type { LateContent } from './late-content.ts'
import type { LiveDocument } from './live-documents.ts'
import { FormerGenerations } from './proposals/former-generations.ts'

const NO_FORMER = new FormerGenerations([])

/** A class, because there are many of them: an object with a getter of its own takes a kilobyte more. */
export class LiveMain implements LiveDocument {
  readonly name: string
  readonly id: DocumentName
  readonly workspaceId: string
  readonly late: LateContent
  readonly bindings: Bindings
  readonly generation = 1
  readonly labels = null
  readonly former = NO_FORMER
  nextSeq: number
  archivedTo: number
  frozen = false
  readonly inFlight = new Set<number>()
  readonly cleanUp: (() => void)[]

  constructor(
    { name, id, workspaceId }: Pick<LiveDocument, 'name' | 'id' | 'workspaceId'>,
    late: LateContent,
    bindings: Bindings,
    { nextSeq, archivedTo }: Pick<LiveDocument, 'nextSeq' | 'archivedTo'>,
    left: (live: LiveMain) => void,
  ) {
    this.name = name
    this.id = id
    this.workspaceId = workspaceId
    this.late = late
    this.bindings = bindings
    this.nextSeq = nextSeq
    this.archivedTo = archivedTo
    this.cleanUp = [
      () => {
        late.forget()
        left(this)
      },
    ]
  }

  get doc(): Document {
    return this.late.enter()
  }
}
