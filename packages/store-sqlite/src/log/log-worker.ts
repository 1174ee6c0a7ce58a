import { serve } from "../thread/serve.ts";
import { logOperations } from "./log-operations.ts";

serve(logOperations);
