/** Sends a file with progress, which `fetch` cannot tell; answers like `call`. */
import { readAnswer, type Answer } from './client.ts'

/** `onProgress` hears a share from 0 to 1; 1 means that the server is now working on it. */
export function upload<T>(
  path: string,
  file: File,
  contentType: string,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  return new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.setRequestHeader('accept', 'application/json')
    request.setRequestHeader('content-type', contentType)
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0)
    request.upload.onload = () => onProgress(1)
    request.onload = () => done(readAnswer<T>(request.status, request.responseText))
    request.onerror = () => done(readAnswer<T>(0, ''))
    request.onabort = () => done(readAnswer<T>(0, ''))
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}
