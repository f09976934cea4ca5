/** Small things that this browser remembers for an app; a full or forbidden storage is no reason to fail. */

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Remembering is a convenience.
  }
}
