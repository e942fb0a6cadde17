export function noticesText(): string;
