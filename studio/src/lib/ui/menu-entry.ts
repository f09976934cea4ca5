/** What a menu can hold. */
import type { Component } from 'svelte'

export type MenuEntry =
  | 'line'
  | {
      readonly label: string
      readonly icon?: Component
      readonly kbd?: string
      readonly danger?: boolean
      readonly checked?: boolean
      readonly disabled?: boolean
      /** A second line: why this is not possible now, or what it does. */
      readonly why?: string
      readonly href?: string
      readonly onselect?: () => void
    }
