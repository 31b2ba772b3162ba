/** Whether a date has passed. */
export const isOverdue = (due: string | null | undefined): boolean => !!due && Date.parse(due) < Date.now()
