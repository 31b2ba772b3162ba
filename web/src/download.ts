// Files for the person: names that file systems take, and a file that this page has in its memory.

/** The title as the name of a file: without the characters that file systems refuse. */
export const fileName = (title: string, ending: string) => `${title.replace(/[\\/:*?"<>|\s]+/g, ' ').trim().slice(0, 100) || 'document'}.${ending}`

export function saveFile(file: Blob, name: string) {
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
