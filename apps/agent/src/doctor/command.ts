export async function main(_: readonly string[]): Promise<void> {}
