/** For `assert.rejects`: an error of this code because of one of that. */
export const because =
  (code: string, cause: string) =>
  (error: unknown): boolean => {
    const failure = error as { readonly code?: string; readonly cause?: { readonly code?: string } };
    return failure.code === code && failure.cause?.code === cause;
  };
