/** Where findings are in the text as it is here and now. */
import type { Finding } from '@relpin/authority/contracts/findings.ts'

export type Lines = NonNullable<Finding['lines']>
/** By id; `null` where the text is gone. Replaced as a whole, never changed. */
export type Places = ReadonlyMap<string, Lines | null>

export const NOWHERE: Places = new Map()
