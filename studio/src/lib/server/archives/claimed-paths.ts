/** Keeps the paths of an archive apart: no two that a Mac or Windows would take for one, none both file and folder. */

type ClaimedPaths = {
  /** `null`, or why this file cannot be beside what was claimed before. */
  readonly file: (path: string) => string | null
  readonly folder: (path: string) => string | null
}

export function claimedPaths(): ClaimedPaths {
  const files = new Map<string, string>()
  const folders = new Map<string, string>()
  const fold = (path: string): string => path.normalize('NFC').toLowerCase()

  const claimFolder = (path: string): string | null => {
    const key = fold(path)
    const file = files.get(key)
    if (file !== undefined) return `is a folder, and ${JSON.stringify(file)} is a file.`
    const other = folders.get(key)
    if (other !== undefined && other !== path) {
      return `differs from ${JSON.stringify(other)} only in upper and lower case.`
    }
    folders.set(key, path)
    return null
  }

  const claimParents = (path: string): string | null => {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const conflict = claimFolder(path.slice(0, slash))
      if (conflict) return `lies in a path that ${conflict}`
    }
    return null
  }

  return {
    folder: (path) => claimParents(path) ?? claimFolder(path),
    file: (path) => {
      const conflict = claimParents(path)
      if (conflict) return conflict
      const key = fold(path)
      const other = files.get(key)
      if (other === path) return 'is there twice.'
      if (other !== undefined) {
        return `differs from ${JSON.stringify(other)} only in upper and lower case.`
      }
      if (folders.has(key)) return 'is both a file and a folder.'
      files.set(key, path)
      return null
    },
  }
}
