// Copies text. Over plain HTTP to another machine, browsers give pages no clipboard API: `execCommand` is used instead.

/** Copies a text that is not available yet. Safari accepts only a promise that was made during the click. */
export async function copyPromised(text: Promise<string>): Promise<void> {
  // For pages without a clipboard, and browsers whose clipboard takes no promise.
  if (typeof ClipboardItem === 'undefined' || !navigator.clipboard?.write) return copyText(await text)
  const blob = text.then((words) => new Blob([words], { type: 'text/plain' }))
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])
}

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const field = document.createElement('textarea')
  field.value = text
  // A modal dialog makes everything outside of it inert.
  const place = document.querySelector('dialog[open]') ?? document.body
  place.append(field)
  field.select()
  document.execCommand('copy')
  field.remove()
}
