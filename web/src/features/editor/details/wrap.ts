/**
 * Wraps content for the editor's parser. It needs one element around the content after a summary, and it takes the
 * first element in a task for the content of the task.
 */
export function wrapContents(body: HTMLElement): void {
  const wrap = (nodes: Node[]) => {
    const content = body.ownerDocument.createElement('div')
    content.append(...nodes)
    return content
  }
  for (const details of body.querySelectorAll('details')) {
    const summary = details.querySelector(':scope > summary') ?? body.ownerDocument.createElement('summary')
    const inside = [...details.childNodes].filter((node) => node !== summary)
    if (details.querySelector(':scope > [data-type="detailsContent"]')) continue
    const content = wrap(inside)
    content.setAttribute('data-type', 'detailsContent')
    details.replaceChildren(summary, content)
  }
  for (const task of body.querySelectorAll('li[data-type="taskItem"]')) {
    const isOurs = task.firstElementChild?.nodeName === 'LABEL'
    if (!isOurs && task.querySelector('div')) task.replaceChildren(wrap([...task.childNodes]))
  }
}
