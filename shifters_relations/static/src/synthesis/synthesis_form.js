import { useBus } from "@web/core/utils/hooks";
import { registry } from "@web/core/registry";
import { KeptTextFormController, keptTextFormView } from "../kept_text/kept_text_form";

/**
 * A closed tab keeps what was typed, once.
 *
 * The standard form saves a new record both when its page is left and when it is hidden, which a
 * closed tab does one after the other: that made a second, empty draft. Nothing typed, nothing saved.
 */
class SynthesisFormController extends KeptTextFormController {
    static savesDrafts = true;

    setup() {
        super.setup();
        this.isTyping = false;
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({ detail }) => {
            this.isTyping = detail;
        });
    }

    get isPristine() {
        return this.model.root.isNew && !this.model.root.dirty && !this.isTyping;
    }

    async beforeVisibilityChange() {
        if (!this.isPristine) {
            return super.beforeVisibilityChange();
        }
    }

    async beforeUnload(ev) {
        if (!this.isPristine) {
            return super.beforeUnload(ev);
        }
    }
}

registry
    .category("views")
    .add("relationship_synthesis_form", { ...keptTextFormView, Controller: SynthesisFormController });
