/** RFC 9457 problem details: how every refusal over HTTP is written, inside and outside. */
export type Problem = {
  /** `about:blank` or a name such as `/problems/denied`. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** One sentence for people: what happened and what to do next. */
  readonly detail: string
  readonly rule?: string
}
