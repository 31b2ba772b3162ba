export function hostileState(): Buffer
