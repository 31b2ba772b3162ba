const STATUS: Record<string, string> = { draft: 'Draft', review: 'In review', approved: 'Approved', published: 'Published', archived: 'Archived' }

/** The label of a document's status. An unknown status of a newer server is shown unchanged. */
export const statusName = (status: string): string => STATUS[status] ?? status
