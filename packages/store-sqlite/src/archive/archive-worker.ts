import { serve } from "../thread/serve.ts";
import { archiveOperations } from "./archive-operations.ts";

serve(archiveOperations);
