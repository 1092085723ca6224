declare module "virtual:code-samples" {
  /** Where the samples that were made with the pages are: `Made` of build/code-samples.ts. */
  const address: string;
  export default address;
}
